internal import OCIModel

/// Docker's words for a name that was given without a tag.
enum DefaultTagNotice {
    /// Tells on standard error which tag is meant, unless the name says.
    static func show(for name: ImageReference) {
        guard name.tag == nil, name.digest == nil else { return }
        ErrorPresenter.write("Using default tag: latest\n")
    }
}
