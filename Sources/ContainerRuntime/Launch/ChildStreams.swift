internal import Glibc
internal import LinuxKernel

/// The first three descriptors as the child gets them; those made here close when this value ends.
struct ChildStreams: ~Copyable {
    /// What becomes 0, 1 and 2.
    let numbers: [Int32]
    private let input: OwnedFD
    private let output: OwnedFD
    private let error: OwnedFD

    /// Makes what `standardIO` asks for, and keeps the caller's ends in `parent`.
    ///
    /// Pipes belong to `owner`, because programs open their streams again by `/dev/stdout` and `/dev/stderr`.
    init(_ standardIO: StandardIO, owner: UInt32 = 0, parent: inout ParentStreams) throws(SyscallError) {
        switch standardIO {
        case .inherit: self.init(borrowing: [0, 1, 2])
        case .descriptors(let input, let output, let error): self.init(borrowing: [input, output, error])
        case .null, .terminal: self.init(input: try Self.null(), output: try Self.null(), error: try Self.null())
        case .pipes(let hasInput):
            let output = try OwnedFD.pipe()
            let error = try OwnedFD.pipe()
            Self.give([output.write.raw, error.write.raw], to: owner)
            if hasInput {
                let input = try OwnedFD.pipe()
                Self.give([input.read.raw], to: owner)
                parent.input = .some(input.write)
                self.init(input: input.read, output: output.write, error: error.write)
            } else {
                self.init(input: try Self.null(), output: output.write, error: error.write)
            }
            parent.output = .some(output.read)
            parent.error = .some(error.read)
        }
    }

    private init(borrowing numbers: [Int32]) {
        self.numbers = numbers
        // Nothing to close: -1 is no descriptor.
        input = OwnedFD(adopting: -1)
        output = OwnedFD(adopting: -1)
        error = OwnedFD(adopting: -1)
    }

    private init(input: consuming OwnedFD, output: consuming OwnedFD, error: consuming OwnedFD) {
        numbers = [input.raw, output.raw, error.raw]
        self.input = input
        self.output = output
        self.error = error
    }

    /// Where that is refused the user does not exist here, which the start of the process says better.
    private static func give(_ pipes: [Int32], to owner: UInt32) {
        guard owner != geteuid() else { return }
        for pipe in pipes { _ = fchown(pipe, owner, gid_t.max) }
    }

    private static func null() throws(SyscallError) -> OwnedFD { try OwnedFD.open("/dev/null", O_RDWR) }
}
