internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel

/// Mounts that this process makes for a step and hands to it, because the step could not make them itself.
final class PassedMounts {
    /// Their descriptors in the order in which plans count them; they end with this object.
    private(set) var descriptors: [Int32] = []

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// Takes a mount along, and tells how a plan names it.
    func add(_ mount: consuming OwnedFD) -> PlanInputs.MountView {
        descriptors.append(mount.release())
        return .passed(UInt32(descriptors.count - 1))
    }
}
