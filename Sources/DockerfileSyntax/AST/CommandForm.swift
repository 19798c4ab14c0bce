/// How a command is written: text for a shell, or the words themselves.
public enum CommandForm: Hashable, Sendable {
    /// Text that a shell interprets.
    case shell(String)
    /// A JSON array: program and arguments, used literally.
    case exec([String])
}
