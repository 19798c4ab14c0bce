/// How the entries of an archive become files.
struct UnpackOptions {
    /// What stands in the way of an entry goes into this directory, because an index still needs it; nil removes it.
    var shadowDirectory: OpenFile?
    /// Layers: `.wh.` names become whiteouts of this form; nil: they are ordinary names.
    var whiteouts: WhiteoutForm?
    /// Everything belongs to this user and group instead of what the archive says.
    var owner: (userID: UInt32, groupID: UInt32)?
    /// Whether devices and pipes are left out.
    var skipsSpecialFiles = false
    /// Whose files are taken over where the stream has the same content; see ``PartialLayer``.
    var donor: PartialLayer?
    /// Watches the disk; nil where the limits do.
    var room: DiskRoom?
    /// What an archive may ask for.
    var limits = TarLimits()
}
