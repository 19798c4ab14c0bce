internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "devices, owners and capabilities need root"))
struct RoundTripTests {
    private static let tree = #"""
        import os, socket, struct, sys
        root = os.fsencode(sys.argv[1])
        for name in (b'', b'/a', b'/b', b'/a/deep'): os.mkdir(root + name)
        def put(name, data=b'x', mode=0o644):
            with open(root + b'/' + name, 'wb') as file: file.write(data)
            os.chmod(root + b'/' + name, mode)
        put(b'a/f', b'linked'); os.link(root + b'/a/f', root + b'/b/g'); os.link(root + b'/a/f', root + b'/a/deep/h')
        put(b'a/setuid', b'#!', 0o4755); put(b'a/setgid', b'#!', 0o2755); put(b'b/none', b'', 0o000)
        put(b'a/\xff\xfe name', b'not UTF-8'); put(b'b/' + b'n' * 240, b'long'); put(b'b/new\nline', b'odd')
        put(b'a/\xc3\xbc', b'composed'); put(b'a/u\xcc\x88', b'decomposed')
        os.setxattr(root + b'/a/f', 'user.key', b'value\0with zero')
        put(b'a/capable'); os.setxattr(root + b'/a/capable', 'security.capability', struct.pack('<IIIII', 0x02000001, 1 << 10, 0, 0, 0))
        os.symlink(b'../\xff', root + b'/b/link'); os.mkfifo(root + b'/b/fifo')
        os.mknod(root + b'/b/null', 0o20666, os.makedev(1, 3))
        put(b'b/sparse', b'start')
        with open(root + b'/b/sparse', 'r+b') as file: file.seek(48 << 20); file.write(b'end')
        os.chown(root + b'/a/f', 4000000000, 65534); os.chmod(root + b'/b', 0o1777)
        for base, directories, files in os.walk(root):
            for name in directories + files: os.utime(os.path.join(base, name), (0, 1234567890), follow_symlinks=False)
        """#

    /// Everything about the files of an archive that a program can see, one line each.
    private static let listing = #"""
        import hashlib, sys, tarfile
        tar = tarfile.open(sys.argv[1], errors='surrogateescape')
        names = {}
        for member in sorted(tar, key=lambda m: m.name):
            names.setdefault(member.name.rstrip('/').removeprefix('./'), member)
        for name, member in sorted(names.items()):
            if name in ('', '.') or name.split('/')[0] not in ('a', 'b'): continue
            content = ''
            if member.isfile() or member.islnk():
                content = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
            # Which of its names a file is listed under first is nobody's business.
            kind = 'file' if member.islnk() or member.isfile() else member.type
            real = tar.getmember(member.linkname) if member.islnk() else member
            xattrs = sorted((k, v) for k, v in real.pax_headers.items() if k.startswith('SCHILY.xattr.'))
            print(ascii((name, kind, real.mode & 0o7777, real.uid, real.gid, int(real.mtime), real.linkname if member.issym() else '',
                         member.devmajor, member.devminor, content, xattrs)))
        """#

    @Test("odd files come through import, save, load, push, pull, commit and export as they were")
    func oddities() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                write(Self.tree, to: "tree.py", in: context)
                write(Self.listing, to: "list.py", in: context)
                let tree = context.appending("tree").string
                let made = run(["python3", "\(context)/tree.py", tree])
                try #require(made.status == 0, "\(made.errors)")
                let original = context.appending("original.tar").string
                let packed = run([
                    "tar", "-C", tree, "--format=posix", "--xattrs", "--xattrs-include=*", "--sort=name", "-Scf",
                    original, "a", "b",
                ])
                try #require(packed.status == 0, "\(packed.errors)")
                func list(_ archive: String) -> String {
                    let listed = run(["python3", "\(context)/list.py", archive])
                    #expect(listed.status == 0, "\(listed.errors)")
                    return listed.output
                }
                let wanted = list(original)
                let name = "\(registry.address)/odd:1"
                try #require(llmbox("import", "-c", "CMD true", original, name).status == 0)
                let id = llmbox("images", "-q", "--no-trunc", name).line

                let saved = context.appending("saved.tar").string
                try #require(llmbox("save", "--compression", "zstd", "-o", saved, name).status == 0)
                let second = LLMBoxProgram(root: context.appending("second"))
                try #require(second("load", "-i", saved).status == 0)
                try #require(second("push", name).status == 0)
                let third = LLMBoxProgram(root: context.appending("third"))
                try #require(third("pull", name).status == 0)
                for program in [second, third] {
                    #expect(program("images", "-q", "--no-trunc", name).line == id)
                    #expect(program("system", "check").status == 0)
                }
                try #require(third("create", "--name", "c", name).status == 0)
                let exported = context.appending("exported.tar").string
                try #require(third("export", "-o", exported, "c").status == 0)
                #expect(list(exported) == wanted)
                // What overlayfs copies up and a commit takes is the same again.
                try #require(third("commit", "c", "again").status == 0)
                try #require(third("create", "--name", "d", "again").status == 0)
                try #require(third("export", "-o", exported, "d").status == 0)
                #expect(list(exported) == wanted)
                third("rm", "c", "d")
            }
        }
    }

    @Test("other programs find in a pushed image what was put into it, and llmbox in what they make of it")
    func peers() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                write(Self.tree, to: "tree.py", in: context)
                write(Self.listing, to: "list.py", in: context)
                let name = "\(registry.address)/odd:1"
                let packing = "tar --format=posix --xattrs '--xattrs-include=*' --sort=name -Scf"
                let packed = run([
                    "sh", "-c", "cd $0 && python3 tree.py $0/tree && \(packing) original.tar -C tree a b",
                    context.string,
                ])
                try #require(packed.status == 0, "\(packed.errors)")
                try #require(llmbox("import", "\(context)/original.tar", name).status == 0)
                try #require(llmbox("push", "-q", name).status == 0)
                let scripts = [
                    "umoci": """
                    skopeo copy -q --src-tls-verify=false docker://\(name) oci:oci:a && umoci unpack --image oci:a bundle &&
                    \(packing) umoci.tar -C bundle/rootfs a b && umoci insert --image oci:a bundle/rootfs/a /a &&
                    skopeo copy -q oci:oci:a oci-archive:umoci.oci && rm -rf bundle
                    """,
                    "podman": """
                    p="podman --root $0/podman --runroot $0/podman-run --storage-driver=vfs --runtime runc"
                    $p pull -q --tls-verify=false \(name) && c=$($p create --network none --ulimit nproc=1000:1000 \
                    --ulimit nofile=1000:1000 \(name) true) && $p export -o podman.tar $c &&
                    $p import -q podman.tar made && $p save -q --format oci-archive -o podman.oci made
                    s=$?; $p rm -af; $p rmi -af; exit $s
                    """,
                ]
                func listed(_ archive: String) -> String {
                    let listed = run(["python3", "\(context)/list.py", "\(context)/\(archive)"])
                    #expect(listed.status == 0, "\(archive): \(listed.errors)")
                    return listed.output
                }
                let wanted = listed("original.tar")
                #expect(wanted.split(separator: "\n").count == 19)
                for (peer, script) in scripts {
                    let done = run(["sh", "-c", "cd $0; \(script)", context.string], limit: 240)
                    try #require(done.status == 0, "\(peer): \(done.errors)")
                    #expect(listed("\(peer).tar") == wanted, "\(peer)")
                    // The way back: what the peer has written anew, in its own order and its own form of archive.
                    let loaded = llmbox("load", "-q", "-i", "\(context)/\(peer).oci")
                    try #require(loaded.status == 0, "\(peer): \(loaded)")
                    let image = loaded.line.split(separator: " ").last.map(String.init) ?? ""
                    try #require(llmbox("create", "--name", peer, image, "true").status == 0)
                    try #require(llmbox("export", "-o", "\(context)/back.tar", peer).status == 0)
                    #expect(listed("back.tar") == wanted, "\(peer)")
                    #expect(llmbox("rm", peer).status == 0)
                }
                #expect(llmbox("system", "check").status == 0)
            }
        }
    }

    @Test("a file of nine gibibytes that is nearly all hole takes as little room everywhere, and is the same file")
    func holes() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let script = """
                    cd $0; truncate -s 9663676417 big; printf begin | dd of=big conv=notrunc status=none
                    printf middle | dd of=big bs=1 seek=5000000000 conv=notrunc status=none; printf end >>big
                    mkdir -p bin; cp /bin/busybox bin/; for a in sh dd tr; do ln -s busybox bin/$a; done; tar -Scf a.tar big bin
                    """
                try #require(run(["sh", "-c", script, context.string]).status == 0)
                let name = "\(registry.address)/big:1"
                try #require(llmbox("import", "\(context)/a.tar", name).status == 0)
                let saved = context.appending("saved.tar").string
                try #require(llmbox("save", "-o", saved, name).status == 0)
                let second = LLMBoxProgram(root: context.appending("second"))
                try #require(second("load", "-i", saved).status == 0)
                try #require(second("push", "-q", name).status == 0)
                let third = LLMBoxProgram(root: context.appending("third"))
                try #require(third("pull", "-q", name).status == 0)
                let id = llmbox("images", "-q", "--no-trunc", name).line
                for program in [llmbox, second, third] {
                    #expect(program("images", "-q", "--no-trunc", name).line == id)
                    let found = run(["find", program.root.string, "-name", "big", "-type", "f", "-printf", "%b %s\n"])
                    let row = found.line.split(separator: " ").compactMap { Int($0) }
                    #expect(row.count == 2 && row[0] < 200 && row[1] == 9_663_676_420, "\(found)")
                }
                // Where the bytes are, and where there are none.
                let parts = """
                    for o in 0 4999999998 9663676417; do dd if=/big bs=1 skip=$o count=8 2>/dev/null | tr '\\0' .; done
                    """
                let read = third("run", "--rm", "--network", "none", name, "sh", "-c", parts)
                #expect(read.output == "begin.....middleend", "\(read)")
            }
        }
    }
}
