public import DeviceInterface

extension DeviceEdits {
    /// Leads programs to the image's own `libcuda` before the host's.
    ///
    /// By names that are looked up inside the container only. Nothing of an image is ever mounted from it: tools that did
    /// were led out of it by its links (CVE-2024-0132, CVE-2025-23359).
    public mutating func prefer(_ library: CompatibilityLibrary) {
        let folder = GPUEditBuilder.libraryDirectory
        let isApart = memoryDirectories.contains(GPUEditBuilder.directory)
        for name in library.names {
            let path = "\(CompatibilityLibrary.directory)/\(name)"
            // CUDA's images have the driver's folder in LD_LIBRARY_PATH, which counts before the linker's cache.
            if isApart, !mounts.contains(where: { $0.containerPath == "\(folder)/\(name)" }) {
                links.removeAll { $0.path == "\(folder)/\(name)" }
                links.append(Link(path: "\(folder)/\(name)", target: path))
            }
            libraries.removeAll { $0.name == name }
            libraries.append(Library(name: name, path: path))
        }
        libraryFolders.removeAll { $0 == CompatibilityLibrary.directory }
        libraryFolders.insert(CompatibilityLibrary.directory, at: 0)
    }
}
