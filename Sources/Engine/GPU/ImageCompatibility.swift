internal import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// Looks for the newer `libcuda` that an image may bring, without running or mounting any of it.
enum ImageCompatibility {
    /// Looks in the image's tree, whose links lead nowhere outside; nil where it has none, or more than one.
    static func find(in root: borrowing BeneathPath) -> CompatibilityLibrary? {
        let place = CompatibilityLibrary.directory
        // What cannot be opened is not there.
        guard let directory = try? root.openDirectory(place), let names = try? DirectoryWalker.names(in: directory)
        else {
            return nil
        }
        let libraries = names.filter { $0.hasPrefix("lib") && $0.contains(".so") }
        let files = libraries.filter {
            (try? FileStatus.of(name: $0, in: directory))?.kind == .regular  // gone meanwhile: not there
        }
        guard let version = CompatibilityLibrary.version(among: files) else { return nil }
        var library = CompatibilityLibrary(version: version, names: libraries)
        library.branches = branches(in: root, "\(place)/libcuda.so.\(version)")
        return library
    }

    private static func branches(in root: borrowing BeneathPath, _ path: String) -> [Int]? {
        // A file that cannot be read says nothing.
        guard let file = try? root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY),
            let sections = try? ElfSections(FileReader.reading(file, path)),
            let note = sections.all.first(where: { $0.name == CompatibilityLibrary.noteSection }), note.size <= 1 << 16,
            let bytes = try? FileReader.reading(file, path)(note.offset, Int(note.size))
        else { return nil }
        return CompatibilityLibrary.branches(note: bytes)
    }
}

/// Reads parts of an open file.
enum FileReader {
    /// A function that reads parts; the file must stay open as long as it is used.
    static func reading(_ file: borrowing OwnedFD, _ path: String) -> ElfLibrary.Reader {
        let descriptor = file.raw
        return { offset, count in
            guard count > 0 else { return [] }
            var bytes = [UInt8](repeating: 0, count: count)
            let read = try check("read", path) { pread(descriptor, &bytes, count, off_t(clamping: offset)) }
            bytes.removeLast(count - read)
            return bytes
        }
    }
}
