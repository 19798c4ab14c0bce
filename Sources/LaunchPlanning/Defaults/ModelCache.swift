/// The directories in which the libraries of language models keep what they have fetched or compiled.
enum ModelCache: String, CaseIterable {
    case huggingFace = "huggingface"
    case torch
    case inductor = "torchinductor"
    case triton
    case vllm

    /// The variable that says where the cache is.
    var variable: String {
        switch self {
        case .huggingFace: "HF_HOME"
        case .torch: "TORCH_HOME"
        case .inductor: "TORCHINDUCTOR_CACHE_DIR"
        case .triton: "TRITON_CACHE_DIR"
        case .vllm: "VLLM_CACHE_ROOT"
        }
    }

    /// Where it is without the variable, for a user with this home; nil where that is a directory of the moment.
    func usualPlace(home: String) -> String? {
        let home = home == "/" ? "" : home
        switch self {
        case .huggingFace, .torch, .vllm: return "\(home)/.cache/\(rawValue)"
        case .triton: return "\(home)/.triton"
        case .inductor: return nil
        }
    }

    /// Whether `XDG_CACHE_HOME` moves it.
    var isBelowUserCache: Bool { [.huggingFace, .torch, .vllm].contains(self) }
}
