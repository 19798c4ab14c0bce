/// The version of the program.
public enum LLMBoxVersion {
    /// The version number, after semantic versioning.
    public static let number = "0.1.0"
    /// The line that `llmbox --version` prints.
    public static var text: String { "llmbox version \(number)" }
}
