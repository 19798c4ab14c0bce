internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// Tells everybody who works on a build that it has failed elsewhere.
final class BuildCancellation: Sendable {
    /// Readable, for `poll`, from the moment of the cancellation on.
    let descriptor: OwnedFD
    private let writer: OwnedFD
    private let flag = Atomic(false)

    init() throws(SyscallError) {
        var ends: [Int32] = [-1, -1]
        try LinuxKernel.check("make a pipe") { pipe(&ends) }
        descriptor = OwnedFD(adopting: ends[0])
        writer = OwnedFD(adopting: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// Whether the build has failed.
    var isCanceled: Bool { flag.load(ordering: .acquiring) }

    /// Stops everybody.
    func cancel() {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 0
        // Nobody reads it, so it stays readable; an empty pipe always has room for one byte.
        _ = write(writer.raw, &byte, 1)
    }

    /// Ends this work when the build has failed.
    func check() throws {
        if isCanceled { throw BuildCanceled() }
    }

    /// Waits for a moment, or for the end of the build.
    func pause(milliseconds: Int32) throws {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, milliseconds)
        try check()
    }
}

/// Why work ended that had nothing wrong with it: another step of the build failed.
struct BuildCanceled: Error {}
