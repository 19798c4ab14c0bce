internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// A directory of a model as it comes in images: large files with holes, links, owners, attributes.
@Suite(.enabled(if: isRoot, "owners and attributes need root"))
struct VolumeRoundTripTests {
    private static let model = #"""
        import os, sys
        root = os.fsencode(sys.argv[1]) + b'/models'
        for name in (b'', b'/blobs', b'/snapshot', b'/private'): os.mkdir(root + name)
        def put(name, data, mode=0o644, owner=(0, 0)):
            with open(root + b'/' + name, 'wb') as file: file.write(data)
            os.chown(root + b'/' + name, *owner); os.chmod(root + b'/' + name, mode)
        put(b'blobs/weights', b'w' * 300000); put(b'config.json', b'{}', 0o640, (1000, 2000))
        os.link(root + b'/blobs/weights', root + b'/snapshot/model.safetensors')
        os.symlink(b'../blobs/weights', root + b'/snapshot/link'); os.symlink(b'/nowhere', root + b'/snapshot/dangling')
        put(b'run.sh', b'#!/bin/sh', 0o2755, (0, 1000)); put(b'private/token', b't', 0o400, (1000, 1000))
        put(b'\xff\xfe.bin', b'no text'); put(b'sparse.gguf', b'GGUF')
        with open(root + b'/sparse.gguf', 'r+b') as file: file.seek(64 << 20); file.write(b'end')
        os.setxattr(root + b'/config.json', 'user.checksum', b'a\0b')
        os.chown(root, 1000, 1000); os.chmod(root, 0o3775); os.chmod(root + b'/private', 0o700)
        for base, directories, files in os.walk(root, topdown=False):
            for name in directories + files: os.utime(os.path.join(base, name), (0, 1234567890), follow_symlinks=False)
        """#

    /// One line for each file: everything that a program can see of it.
    private static let listing = #"""
        import hashlib, os, stat, sys
        root = os.fsencode(sys.argv[1]); first = {}; lines = []
        for base, directories, files in os.walk(root):
            directories.sort(); lines.append((base, os.lstat(base)))
            for name in sorted(files + [d for d in directories if os.path.islink(os.path.join(base, d))]):
                path = os.path.join(base, name); lines.append((path, os.lstat(path)))
        for path, s in sorted(lines):
            regular = stat.S_ISREG(s.st_mode)
            content = hashlib.sha256(open(path, 'rb').read()).hexdigest()[:16] if regular else os.readlink(path) if stat.S_ISLNK(s.st_mode) else ''
            name = first.setdefault((s.st_dev, s.st_ino), path[len(root):])
            xattrs = sorted((k, os.getxattr(path, k, follow_symlinks=False)) for k in os.listxattr(path, follow_symlinks=False) if not 'overlay' in k)
            holes = regular and s.st_blocks * 512 < s.st_size // 2
            time = s.st_mtime_ns if path != root else 0
            print(ascii((path[len(root):], oct(s.st_mode), s.st_uid, s.st_gid, s.st_nlink if regular else 0, name, s.st_size if regular else 0, holes, time, content, xattrs)))
        """#

    /// Imports the model into the image `model`, and returns what a faithful copy of it looks like.
    private func makeModel(_ llmbox: LLMBoxProgram, _ context: FilePath) throws -> String {
        write(Self.model, to: "model.py", in: context)
        write(Self.listing, to: "list.py", in: context)
        let tree = context.appending("tree").string
        let script = """
            set -e; mkdir '\(tree)'; python3 '\(context)/model.py' '\(tree)'; mkdir '\(tree)/bin'; cp /bin/busybox '\(tree)/bin/'
            ln -s busybox '\(tree)/bin/sh'; ln -s busybox '\(tree)/bin/chmod'
            tar -C '\(tree)' --format=posix --xattrs --xattrs-include='*' -Scf '\(context)/model.tar' .
            """
        let made = run(["bash", "-c", script])
        try #require(made.status == 0, "\(made)")
        let imported = llmbox("import", "\(context)/model.tar", "model")
        try #require(imported.status == 0, "\(imported)")
        return try list("\(tree)/models", context)
    }

    private func list(_ path: String, _ context: FilePath) throws -> String {
        let listed = run(["python3", "\(context)/list.py", path])
        try #require(listed.status == 0, "\(listed)")
        return listed.output
    }

    @Test(
        "the first mount of a volume has owners, modes, attributes, holes, links and odd names of the image's directory"
    )
    func firstMount() throws {
        try withStore { llmbox, context in
            let wanted = try makeModel(llmbox, context)
            #expect(wanted.split(separator: "\n").count == 13 && wanted.contains("user.checksum"), "\(wanted)")
            func use(_ options: [String], _ image: String = "model", _ command: [String] = ["sh", "-c", ":"]) -> Int32 {
                let words = [LLMBoxProgram.path, "run", "--rm", "--network", "none"] + options + [image] + command
                return run(words, environment: llmbox.environment).status
            }
            #expect(use(["-v", "weights:/models"]) == 0)
            #expect(try list(llmbox.volumePath("weights"), context) == wanted)
            // A second mount finds it as it is, and so does another image; nothing is copied over it.
            #expect(use(["-v", "weights:/models"], "model", ["sh", "-c", "echo changed > /models/config.json"]) == 0)
            let changed = try list(llmbox.volumePath("weights"), context)
            #expect(changed != wanted)
            #expect(use(["-v", "weights:/tmp"], "base", ["true"]) == 0)
            #expect(try list(llmbox.volumePath("weights"), context) == changed)
            // What is asked to stay empty does; so does one whose place the image does not have.
            #expect(use(["-v", "empty:/models:nocopy", "-v", "new:/not/there"]) == 0)
            for name in ["empty", "new"] {
                #expect(try list(llmbox.volumePath(name), context).split(separator: "\n").count == 1)
            }
            // A volume of another file system is filled as well.
            let other = context.appending("other").string
            mkdir(other, 0o755)
            llmbox("volume", "create", "-o", "type=none", "-o", "o=bind", "-o", "device=\(other)", "bound")
            #expect(use(["-v", "bound:/models"]) == 0)
            #expect(try list(other, context) == wanted)
        }
    }

    @Test("without root a volume has the same, with owners as they are inside")
    func rootless() throws {
        try asUser { user, sandbox in
            let context = sandbox.appending("context")
            mkdir(context.string, 0o755)
            let root = LLMBoxProgram(root: sandbox.appending("store"))
            let wanted = try makeModel(root, context)
            let archive = context.appending("image.tar").string
            #expect(root("save", "-o", archive, "model").status == 0)
            chmod(archive, 0o644)
            #expect(user("load", "-q", "-i", archive).status == 0)
            let words = ["llmbox", "run", "--rm", "--network", "none", "-v", "weights:/models"]
            let used = user.run(words + ["model", "sh", "-c", ":"])
            #expect(used.status == 0, "\(used)")
            let place = user("volume", "inspect", "-f", "{{.Mountpoint}}", "weights").line
            let seen = user.run(["llmbox", "unshare", "python3", "\(context)/list.py", place])
            #expect(seen.output == wanted, "\(seen.errors)")
            // Memory of one's own, directories, subpaths and images need no root either.
            #expect(user("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "memory").status == 0)
            let more = user.run(
                [
                    "llmbox", "run", "--rm", "--network", "none", "-v", "memory:/m", "--mount",
                    "type=volume,src=weights,dst=/sub,volume-subpath=blobs", "--mount",
                    "type=image,src=model,dst=/image",
                    "base", "sh", "-c", "ls /sub; ls /image/models/blobs; touch /m/x && ls /m",
                ]
            )
            #expect(more.output == "weights\nweights\nx\n", "\(more)")
            let disk = user("volume", "create", "-o", "type=ext4", "-o", "device=/dev/loop0", "disk")
            #expect(disk.status == 0)
            let refused = user("run", "--rm", "--network", "none", "-v", "disk:/d", "base", "true")
            #expect(refused.status == 125 && refused.errors.contains("without root there are"), "\(refused)")
            #expect(user("volume", "rm", "weights", "memory", "disk").status == 0)
        }
    }
}
