internal import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// Finds the libraries and programs of an image that have code for GPUs, in the places where they usually are.
///
/// Some of each file's headers are read, nothing is run, and no more than some files are looked at: it is done before
/// every start with GPUs.
struct ImageCode {
    /// The container's variables.
    let environment: [String: String]
    /// Its program and what that gets.
    let command: [String]

    private static let mostFiles = 6

    /// Finds them in the image's tree, whose links lead nowhere outside.
    func find(in root: borrowing BeneathPath) -> [GPUImageFacts.Code] {
        var found: [GPUImageFacts.Code] = []
        for path in programs + libraries(in: root) where found.count < Self.mostFiles {
            // What is no file, or none of the sort, has no code.
            guard let file = try? root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY),
                (try? FileStatus.of(file))?.kind == .regular,  // a fifo would be waited for
                let code = try? GPUCode(FileReader.reading(file, path))
            else { continue }
            found.append(GPUImageFacts.Code(path: path, code: code))
        }
        return found
    }

    private var paths: [String] {
        (environment["PATH"] ?? "/usr/local/bin:/usr/bin").split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") }
    }

    private var programs: [String] {
        guard let program = command.first else { return [] }
        return program.hasPrefix("/") ? [program] : paths.map { "\($0)/\(program)" }
    }

    /// PyTorch and vLLM in the Pythons that the variables lead to, and llama.cpp.
    private func libraries(in root: borrowing BeneathPath) -> [String] {
        var prefixes = [environment["VIRTUAL_ENV"], environment["CONDA_PREFIX"]].compactMap { $0 }
        prefixes += paths.filter { $0.hasSuffix("/bin") }.map { String($0.dropLast("/bin".count)) }
        prefixes += ["/usr/local", "/opt/conda", "/opt/venv", "/usr"]
        var seen: Set<String> = []
        var result: [String] = []
        for prefix in prefixes where prefix.hasPrefix("/") && seen.insert(prefix).inserted {
            result += ["\(prefix)/lib/libggml-cuda.so", "\(prefix)/bin/libggml-cuda.so"]
            // A prefix without a library directory has no Python.
            guard let directory = try? root.openDirectory("\(prefix)/lib"),
                let names = try? DirectoryWalker.names(in: directory)
            else { continue }
            for name in names where name.hasPrefix("python3.") {
                for packages in ["site-packages", "dist-packages"] {
                    let base = "\(prefix)/lib/\(name)/\(packages)"
                    result += ["\(base)/torch/lib/libtorch_cuda.so", "\(base)/vllm/_C.abi3.so"]
                }
            }
        }
        return result + ["/app/libggml-cuda.so"]
    }
}
