public import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// Asks the driver what GPUs do, by a process of its own.
///
/// The driver's library is foreign code that may hang or crash: it is loaded in a child that is given some seconds, and
/// never in the process that looks after containers. `nvidia-smi` is asked where the library cannot be loaded.
///
///     llmbox ─▶ llmbox --nvml libnvidia-ml.so.… ─▶ lines of values
public enum ManagementHelper {
    /// The first argument that makes the program a helper.
    public static let flag = "--nvml"

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the exit status; nil when the arguments are a person's.
    public static func runIfAsked(_ arguments: [String]) -> Int32? {
        guard arguments.first == flag else { return nil }
        guard arguments.count == 2, let library = ManagementLibrary(arguments[1]) else { return 1 }
        let text = GPUReadingText.encode(library.readings())
        library.finish()
        do throws(SyscallError) {
            let output = OwnedFD(adopting: try check("use standard output") { dup(STDOUT_FILENO) })
            try FileIO.writeAll(output, Array(text.utf8))
            return 0
        } catch {
            return 1
        }
    }

    /// What the GPUs of a machine do; empty where nobody can tell.
    ///
    /// - Parameters:
    ///   - inventory: the machine.
    ///   - program: this program, which becomes the helper.
    ///   - seconds: the time that each of the two ways may take.
    /// - Returns: a reading for each GPU of NVIDIA's.
    public static func readings(
        _ inventory: GPUInventory,
        program: String = "/proc/self/exe",
        seconds: Int = 10
    ) -> [GPUReading] {
        if let library = inventory.libraries.first(where: { $0.soname == "libnvidia-ml.so.1" }) {
            let result = ToolOutput.run(program, [flag, inventory.path(library.path)], seconds: seconds)
            let readings = result.map(GPUReadingText.decode) ?? []
            if !readings.isEmpty { return readings }
        }
        guard let tool = inventory.programs.first(where: { $0.name == "nvidia-smi" }) else { return [] }
        let path = inventory.path(tool.path)
        let variables = inventory.libraryDirectory.map { ["LD_LIBRARY_PATH=\(inventory.path($0))"] } ?? []
        func ask(_ query: String) -> String {
            let arguments = [query, "--format=csv,noheader,nounits"]
            return ToolOutput.run(path, arguments, environment: variables, seconds: seconds) ?? ""
        }
        let gpus = ask("--query-gpu=\(ManagementProgramText.columns.joined(separator: ","))")
        if gpus.isEmpty { return [] }
        return ManagementProgramText.decode(gpus: gpus, processes: ask("--query-compute-apps=gpu_uuid,pid,used_memory"))
    }
}
