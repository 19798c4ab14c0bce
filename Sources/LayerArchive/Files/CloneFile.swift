internal import CArchive

/// Makes the destination share the source's blocks, where the filesystem can (btrfs, XFS, bcachefs).
func cloneFile(_ source: Int32, _ destination: Int32) -> Bool {
    llb_clone_file(destination, source) == 0
}
