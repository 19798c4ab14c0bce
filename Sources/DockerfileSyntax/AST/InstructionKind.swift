/// The instructions a stage may hold, each with what it says.
public indirect enum InstructionKind: Hashable, Sendable {
    /// `ADD` and `COPY`, told apart by ``CopyInstruction/isAdd``.
    case copy(CopyInstruction)
    /// `ARG`; may declare several.
    case arg([ArgDeclaration])
    /// `CMD`; the exec form may be empty.
    case cmd(CommandForm)
    /// `ENTRYPOINT`; the exec form may be empty.
    case entrypoint(CommandForm)
    /// `ENV`.
    case env(KeyValueList)
    /// `EXPOSE`; each word may expand to several ports or ranges.
    case expose([Word])
    /// `HEALTHCHECK`.
    case healthcheck(HealthcheckInstruction)
    /// `LABEL`.
    case label(KeyValueList)
    /// `MAINTAINER`; never expanded.
    case maintainer(Word)
    /// `ONBUILD`.
    case onbuild(OnbuildInstruction)
    /// `RUN`.
    case run(RunInstruction)
    /// `SHELL`; never empty, never expanded.
    case shell([String])
    /// `STOPSIGNAL`; checked when it holds no variable.
    case stopSignal(Word)
    /// `USER`.
    case user(Word)
    /// `VOLUME`.
    case volume([Word])
    /// `WORKDIR`.
    case workdir(Word)

    /// The instruction's name in upper case.
    public var name: InstructionName {
        switch self {
        case .copy(let copy): copy.isAdd ? .add : .copy
        case .arg: .arg
        case .cmd: .cmd
        case .entrypoint: .entrypoint
        case .env: .env
        case .expose: .expose
        case .healthcheck: .healthcheck
        case .label: .label
        case .maintainer: .maintainer
        case .onbuild: .onbuild
        case .run: .run
        case .shell: .shell
        case .stopSignal: .stopSignal
        case .user: .user
        case .volume: .volume
        case .workdir: .workdir
        }
    }
}
