/// A question before something is removed.
enum Confirmation {
    /// Asks on standard error, and reads the answer from standard input; anything but yes is no.
    static func ask(_ warning: String) -> Bool {
        ErrorPresenter.write("WARNING! \(warning)\nAre you sure you want to continue? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
