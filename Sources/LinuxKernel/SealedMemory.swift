internal import CLinux
internal import Glibc

/// Files in memory that nobody can change any more, not even their maker.
public enum SealedMemory {
    /// Makes an empty file that is not sealed yet, to be written by whoever gets the descriptor.
    public static func open(name: String) throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("make a memory file") { llb_memory_file(name, 0) })
    }

    /// Makes a sealed file of these bytes.
    public static func file(_ bytes: [UInt8], name: String) throws(SyscallError) -> OwnedFD {
        let file = OwnedFD(adopting: try check("make a memory file") { llb_memory_file(name, 0) })
        try FileIO.writeAll(file, bytes, name: name)
        try seal(file)
        return file
    }

    /// Copies a file of the host's, inside the kernel, into a sealed one.
    public static func copy(ofFile path: String, name: String, executable: Bool) throws(SyscallError) -> OwnedFD {
        let source = try OwnedFD.open(path, O_RDONLY)
        let size = try FileStatus.of(source).size
        let file = OwnedFD(
            adopting: try check("make a memory file") { llb_memory_file(name, executable ? 1 : 0) }
        )
        var done: Int64 = 0
        while done < size {
            let count = try check("copy", path) { llb_send_file(file.raw, source.raw, Int(size - done)) }
            if count == 0 { break }
            done += Int64(count)
        }
        try seal(file)
        return file
    }

    private static func seal(_ file: borrowing OwnedFD) throws(SyscallError) {
        let descriptor = file.raw
        try check("seal a memory file") { llb_seal(descriptor) }
    }
}
