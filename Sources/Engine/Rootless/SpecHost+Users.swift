internal import LaunchPlanning
internal import LinuxKernel

extension SpecHost {
    /// Says what it means for a container that llmbox may be root among some ids only.
    mutating func describeUsers() {
        isRootless = UserNamespace.isOwn
        hasTerminalGroup = UserNamespace.maps(user: 0, group: 5)
    }
}
