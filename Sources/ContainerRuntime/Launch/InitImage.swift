internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The program that becomes a container's first process, in a form that no container can change.
///
/// A process inside can reach the file that its first process was executed from as `/proc/<pid>/exe`, and could write
/// into the host's copy (CVE-2019-5736). So each start executes a copy in memory, sealed against every change.
enum InitImage {
    /// Copies `llmbox-init` into a sealed memory file.
    static func open() throws(LaunchError) -> OwnedFD {
        let candidates = Self.candidates()
        for path in candidates where access(path, X_OK) == 0 {
            do {
                return try SealedMemory.copy(ofFile: path, name: "llmbox-init", executable: true)
            } catch {
                throw .system(error)
            }
        }
        throw .initNotFound(searched: candidates)
    }

    /// Where to look, in this order: what the user says, beside this program, in the place for helpers.
    private static func candidates() -> [String] {
        if let given = getenv("LLMBOX_INIT") { return [String(cString: given)] }
        guard let own = try? FileIO.readLink(path: "/proc/self/exe") else { return [] }  // no /proc: nothing to find
        let directory = FilePath(own).removingLastComponent()
        return [
            directory.appending("llmbox-init").string,
            directory.removingLastComponent().appending("libexec/llmbox/llmbox-init").string,
        ]
    }
}
