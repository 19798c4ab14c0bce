import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@Suite struct TreeCopyTests {
    /// Makes a tree with everything that has been lost by copies before.
    private static let tree = #"""
        import os, sys
        root = os.fsencode(sys.argv[1])
        for name in (b'', b'/a', b'/a/deep', b'/\xff\xfe', b'/shut'): os.mkdir(root + name)
        def put(name, data=b'x', mode=0o644):
            with open(root + b'/' + name, 'wb') as file: file.write(data)
            os.chmod(root + b'/' + name, mode)
        put(b'a/f', b'linked'); os.link(root + b'/a/f', root + b'/a/deep/g'); os.link(root + b'/a/f', root + b'/h')
        put(b'\xff\xfe/\xfd name', b'not UTF-8'); put(b'new\nline'); put(b'set', b'#!', 0o6755); put(b'none', b'', 0)
        os.symlink(b'../\xff', root + b'/link'); os.link(root + b'/link', root + b'/a/link', follow_symlinks=False)
        os.mkfifo(root + b'/fifo'); os.setxattr(root + b'/set', 'user.key', b'v\0'); os.setxattr(root + b'/a', 'user.d', b'1')
        put(b'sparse', b'start')
        with open(root + b'/sparse', 'r+b') as file:
            file.seek(300 << 20); file.write(b'middle'); file.truncate(500 << 20)
        put(b'hole', b''); os.truncate(root + b'/hole', 1 << 40)
        os.chmod(root + b'/shut', 0o1500); os.chmod(root, 0o2750)
        for base, directories, files in os.walk(root):
            for name in directories + files: os.utime(os.path.join(base, name), (7, 1234567890.5), follow_symlinks=False)
        """#

    private static let listing = #"""
        import os, sys
        root = os.fsencode(sys.argv[1])
        first = {}
        def show(path):
            s = os.lstat(path)
            name = path[len(root):]
            linked = first.setdefault(s.st_ino, name) if not os.path.isdir(path) or os.path.islink(path) else ''
            small = b''
            if not os.path.islink(path) and os.path.isfile(path) and s.st_size < 1000: small = open(path, 'rb').read()
            if s.st_size > 1000 and os.path.isfile(path):
                with open(path, 'rb') as file: file.seek(300 << 20); small = file.read(6)
            target = os.readlink(path) if os.path.islink(path) else b''
            attributes = {a: os.getxattr(path, a, follow_symlinks=False) for a in os.listxattr(path, follow_symlinks=False)}
            size = 0 if os.path.isdir(path) else s.st_size
            print(ascii((name, oct(s.st_mode), s.st_uid, size, s.st_blocks < 64, s.st_mtime if name else 0,
                         linked, small, target, attributes)))
        show(root)
        for base, directories, files in os.walk(root):
            directories.sort()
            for name in sorted(directories + files): show(os.path.join(base, name))
        """#

    @Test("a copy has the names, links, holes, attributes and times of its original")
    func everything() throws {
        try withSandbox { sandbox in
            let (original, copy) = (sandbox.appending("original").string, sandbox.appending("copy").string)
            let made = run(["python3", "-c", Self.tree, original])
            try #require(made.status == 0, "\(made.errors)")
            mkdir(copy, 0o755)
            try TreeCopy.copy(try OwnedFD.open(original, O_RDONLY | O_DIRECTORY), into: copy)
            let lists = [original, copy].map { run(["python3", "-c", Self.listing, $0]) }
            #expect(lists[0].status == 0 && lists[0].output.contains("xff"), "\(lists[0])")
            #expect(lists[0].output == lists[1].output)
            // Removing is the other half: names that are no text, and directories without permissions.
            #expect(try FileIO.removeTree(path: copy))
            #expect(access(copy, F_OK) != 0)
            #expect(try !FileIO.removeTree(path: copy))
        }
    }

    @Test("a tree that is deeper than descriptors and paths go is removed, and what its links lead to stays")
    func deep() throws {
        try withSandbox { sandbox in
            let script = """
                import os, sys
                os.mkdir(sys.argv[1] + '/kept'); open(sys.argv[1] + '/kept/file', 'w').close()
                os.mkdir(sys.argv[1] + '/top'); os.chdir(sys.argv[1] + '/top')
                for i in range(3000):
                    os.mkdir('d'); os.symlink(sys.argv[1] + '/kept', 'out'); open('.llmbox-removed-%d' % i, 'w').close(); os.chdir('d')
                """
            let made = run(["python3", "-c", script, sandbox.string])
            try #require(made.status == 0, "\(made.errors)")
            #expect(try FileIO.removeTree(path: sandbox.appending("top").string))
            #expect(run(["ls", sandbox.string, sandbox.appending("kept").string]).output.contains("file"))
            #expect(access(sandbox.appending("top").string, F_OK) != 0)
        }
    }
}
