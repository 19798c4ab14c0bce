internal import Glibc

extension FileIO {
    /// Tells the filesystem that the directories that will be made in this one have nothing to do with each other.
    ///
    /// ext4 then gives each a part of the disk of its own, with room for the files in it, instead of one beside whatever
    /// else was made lately. Without a journal it passes over every inode of that part that was freed within the last
    /// minutes, one by one, for each file it makes: beside what a busy machine has just removed that is a tenth of a
    /// millisecond to a whole one. It is a wish: other filesystems do not know it, and nothing depends on it.
    public static func spreadSubdirectories(of path: String) {
        let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        defer { close(directory) }
        // The kernel says `long` and means `int`; the rest of eight bytes stays zero.
        var flags: Int = 0
        guard ioctl(directory, Attribute.get, &flags) == 0, flags & Attribute.topOfHierarchies == 0 else { return }
        flags |= Attribute.topOfHierarchies
        _ = ioctl(directory, Attribute.set, &flags)
    }

    /// The calls of chattr(1), as <linux/fs.h> numbers them on processors of 64 bits.
    private enum Attribute {
        static let get: UInt = 0x8008_6601  // FS_IOC_GETFLAGS
        static let set: UInt = 0x4008_6602  // FS_IOC_SETFLAGS
        static let topOfHierarchies = 0x0002_0000  // FS_TOPDIR_FL
    }
}
