internal import Glibc

/// An open file of the store; closing it, at the last owner's end, also ends its lock.
final class StoreFile: Sendable {
    let descriptor: Int32

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes an advisory lock (`flock`), waiting for it unless told otherwise.
    ///
    /// - Returns: Whether the lock is held.
    func lock(_ kind: Int32) -> Bool {
        while flock(descriptor, kind) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}
