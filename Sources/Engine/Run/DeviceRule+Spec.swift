internal import ContainerRuntime
internal import OCIModel

extension DeviceRule {
    /// A rule of a specification as the control groups take it.
    init(_ rule: LinuxDeviceRule) {
        self.init(
            allows: rule.allow,
            kind: rule.type.flatMap(DeviceRule.Kind.init) ?? .all,
            major: rule.major.map { UInt32(clamping: $0) },
            minor: rule.minor.map { UInt32(clamping: $0) },
            access: rule.access ?? "rwm"
        )
    }
}
