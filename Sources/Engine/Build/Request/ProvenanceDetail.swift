/// How much a build tells of itself in a statement beside the image.
public enum ProvenanceDetail: String, CaseIterable, Sendable {
    /// The images it began with, the Dockerfile's name, the platform, and when it was.
    case min
    /// The arguments, labels, names of secrets and the text of the Dockerfile as well.
    case max
}
