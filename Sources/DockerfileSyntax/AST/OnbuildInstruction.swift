/// `ONBUILD` and the instruction it keeps for builds on top of this image.
public struct OnbuildInstruction: Hashable, Sendable {
    /// The instruction's text as `config.OnBuild` stores it, heredoc bodies included.
    public let triggerText: String
    /// The instruction, already checked.
    public let trigger: Instruction
}
