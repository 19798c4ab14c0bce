public import OCIModel

extension LinuxSeccomp {
    /// Whether somebody outside answers for some calls.
    public var asksSomebody: Bool {
        defaultAction == .notify || syscalls?.contains { $0.action == .notify } == true
    }
}
