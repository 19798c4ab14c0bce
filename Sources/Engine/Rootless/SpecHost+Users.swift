internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel

extension SpecHost {
    /// Says what it means for a container that llmbox may be root among some ids only, and what the host has mounted.
    mutating func describeUsers() {
        isRootless = UserNamespace.isOwn
        hasMessageQueues = access("/dev/mqueue", F_OK) == 0
        hasTerminalGroup = UserNamespace.maps(user: 0, group: 5)
    }
}
