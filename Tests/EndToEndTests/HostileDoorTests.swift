internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Layers that try to reach out of their image, through every way that an archive can come in; `ADD` has a suite of its own.
@Suite("Hostile layers at every door", .enabled(if: isRoot, "the canary belongs to root, as the host does"))
struct HostileDoorTests {
    /// A way in.
    enum Door: String, CaseIterable, CustomTestStringConvertible {
        case pull, importing, dockerArchive, layoutArchive, layoutDirectory, copy

        var testDescription: String { rawValue }
    }

    /// What each attack puts into the layer, in the words of ``HostileImages``.
    static let attacks: [(name: String, code: String)] = [
        ("a name that climbs", "file(up + canary + '/x', 'BAD')"),
        ("an absolute name", "file(canary + '/x', 'BAD')"),
        ("a name that climbs from within", "file('a/../../..' + canary + '/x', 'BAD')"),
        ("a link, then a file through it", "link('l', canary); file('l/secret', 'BAD')"),
        ("a relative link, then a file through it", "link('l', up + canary); file('l/secret', 'BAD')"),
        (
            "a chain of forty links",
            "[link('l%d' % i, 'l%d' % (i + 1)) for i in range(40)]; link('l40', canary); file('l0/secret', 'BAD')"
        ),
        ("a loop of links", "link('a', 'b'); link('b', 'a'); file('a/x', 'BAD')"),
        ("a hard link to the host, then a file of its name", "hard('h', canary + '/secret'); file('h', 'BAD')"),
        ("a hard link that climbs", "hard('h', up + canary + '/secret'); file('h', 'BAD')"),
        ("a hard link through a link", "link('l', canary); hard('h', 'l/secret'); file('h', 'BAD')"),
        (
            "a hard link to a link, then a file of its name",
            "link('l', canary + '/secret'); hard('h', 'l'); file('h', 'BAD')"
        ),
        (
            "a file over a link",
            "link('f', canary + '/secret'); add('f', tarfile.REGTYPE, b'BAD', mode=0o777, uid=4242)"
        ),
        ("a directory over a link", "link('d', canary); directory('d'); file('d/secret', 'BAD')"),
        (
            "a link over a directory, then a file through it",
            "directory('d'); link('d', canary); file('d/secret', 'BAD')"
        ),
        (
            "attributes of a link",
            "add('l', tarfile.SYMTYPE, target=canary + '/secret', pax={'SCHILY.xattr.user.bad': 'x'})"
        ),
        ("whiteouts that climb", "file('.wh...', ''); file('a/.wh...', ''); file('.wh.', '')"),
        ("a whiteout of a path", "file('.wh../' + canary, '')"),
        ("a whiteout through a link", "link('l', canary); file('l/.wh.secret', '')"),
        ("an opaque mark through a link", "link('l', canary); file('l/.wh..wh..opq', '')"),
        ("overlayfs' own marks", "add('d', tarfile.DIRTYPE, pax={'SCHILY.xattr.trusted.overlay.redirect': '/../..'})"),
        (
            "a fifo and devices",
            "node('p', tarfile.FIFOTYPE); node('m', tarfile.CHRTYPE, 1, 1); node('b', tarfile.BLKTYPE, 8, 0)"
        ),
        ("the root as a link", "link('./', canary); file('secret', 'BAD')"),
        (
            "entries that replace each other",
            "[(file('e', str(i)), directory('e'), link('e', canary), file('e', 'BAD')) for i in range(30)]"
        ),
        ("a size of eight exabytes", "i = tarfile.TarInfo('big'); i.size = 1 << 62; raw(i.tobuf(tarfile.GNU_FORMAT))"),
        (
            "holes of four exabytes",
            "add('s', tarfile.REGTYPE, b'', pax={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 's', 'GNU.sparse.realsize': str(1 << 62)})"
        ),
        ("a name of a megabyte", "file('n' * 1048576, 'x')"),
        ("a name of 300 bytes", "file('n' * 300, 'x')"),
        ("a path of ten thousand levels", "directory('d/' * 10000 + 'e')"),
        (
            "a header of many records",
            "add('r', tarfile.REGTYPE, pax={'SCHILY.xattr.user.%d' % i: 'v' * 900 for i in range(3000)})"
        ),
        ("an archive that is cut off", "i = tarfile.TarInfo('a'); i.size = 50000; raw(i.tobuf() + b'x' * 100)"),
        ("no archive", "t.fileobj.write(b'BAD' * 1000)"),
    ]

    @Test("contained or refused: the host is untouched, and a refusal leaves nothing", arguments: Door.allCases)
    func attack(_ door: Door) throws {
        try withStore { llmbox, context in
            let canary = try Canary(in: context.removingLastComponent())
            let images = context.appending("images")
            try HostileImages.make(Self.attacks, canary: canary.directory, in: images)
            let made = llmbox("create", "--name", "c", "--network", "none", "base", "true")
            try #require(made.status == 0, "\(made.errors)")
            func check(_ registry: LocalRegistry?) throws {
                for (number, attack) in Self.attacks.enumerated() {
                    let before = StoreListing(llmbox)
                    let result = try enter(door, images.appending("\(number)").string, llmbox, registry)
                    #expect(result.status <= 1, "\(attack.name): \(result)")
                    #expect(result.status == 0 || result.errors.contains("error: "), "\(attack.name): \(result)")
                    #expect(canary.isUntouched, "\(attack.name)")
                    let isClean = result.status == 0 || StoreListing(llmbox) == before
                    #expect(isClean, "\(attack.name): \(result)")
                }
            }
            if door == .pull {
                try withRegistry(in: context) { try check($0) }
            } else {
                try check(nil)
            }
            #expect(llmbox("rm", "c").status == 0)
            #expect(llmbox("system", "check").status == 0)
        }
    }

    private func enter(
        _ door: Door,
        _ place: String,
        _ llmbox: LLMBoxProgram,
        _ registry: LocalRegistry?
    ) throws -> CommandResult {
        switch door {
        case .importing: return llmbox("import", "\(place)/layer.tar", "evil:1")
        case .dockerArchive: return llmbox("load", "-i", "\(place)/docker.tar")
        case .layoutArchive: return llmbox("load", "-i", "\(place)/oci.tar")
        case .layoutDirectory: return llmbox("load", "-i", "\(place)/oci")
        case .copy:
            return run(
                ["sh", "-c", "exec \"$0\" cp - c:/tmp <\(place)/layer.tar", LLMBoxProgram.path],
                environment: llmbox.environment
            )
        case .pull:
            let registry = try #require(registry)
            let name = "\(registry.address)/evil:\((place as String).split(separator: "/").last ?? "x")"
            try HostileImages.push(place, as: name)
            return llmbox("pull", name)
        }
    }

    @Test(
        "a stream that is cut off in the middle of its compression is refused with words",
        arguments: ["gzip", "zstd"]
    )
    func truncated(format: String) throws {
        try withStore { llmbox, context in
            let script = """
                cd "$0"; mkdir t; head -c 300000 /dev/urandom >t/f; tar -C t -cf layer.tar .; \(format) -qk layer.tar
                f=$(ls layer.tar.*); head -c 200000 $f >cut; mkdir -p x; cp cut x/layer.tar; printf '{"rootfs":{}}' >c.json
                echo '[{"Config":"c.json","Layers":["x/layer.tar"]}]' >manifest.json; tar -cf inner.tar x/layer.tar c.json manifest.json
                head -c 300000 inner.tar >outer.tar; tar -cf - t manifest.json | \(format) -qc | head -c 200000 >outer.compressed
                """
            try #require(run(["sh", "-c", script, context.string]).status == 0)
            let before = StoreListing(llmbox)
            for words in [
                ["import", "\(context)/cut", "evil:1"], ["load", "-i", "\(context)/inner.tar"],
                ["load", "-i", "\(context)/outer.compressed"],
            ] {
                let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(result.status == 1 && result.errors.contains("error: "), "\(words): \(result)")
                let isClean = StoreListing(llmbox) == before
                #expect(isClean, "\(words)")
            }
            #expect(llmbox("system", "check").status == 0)
        }
    }
}
