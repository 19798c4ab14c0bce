import LaunchPlanning
import Testing

@Suite struct MountArgumentTests {
    private func mount(_ text: String) throws -> ContainerMount { try .parseMount(text, relativeTo: "/here") }
    private func volume(_ text: String) throws -> ContainerMount { try .parseVolume(text, relativeTo: "/here") }

    @Test("docker's and podman's keys of --mount for one thing mean one thing")
    func keys() throws {
        #expect(try mount("type=volume,src=v,dst=/b,volume-subpath=a/b").subpath == "a/b")
        #expect(try mount("type=image,src=i:1,dst=/b,image-subpath=a").subpath == "a")
        #expect(try mount("type=image,src=i:1,target=/b,subpath=a").source == .image("i:1"))
        #expect(try mount("type=image,src=i,dst=/b").isReadOnly)
        #expect(try mount("type=bind,src=/a,dst=/b,rw=false").isReadOnly)
        #expect(try mount("type=bind,src=/a,dst=/b,rw").isReadOnly == false)
        #expect(try mount("type=bind,src=/a,dst=/b,U").takesOwnership)
        #expect(try mount("type=bind,src=/a,dst=/b,chown=false").takesOwnership == false)
        #expect(try mount("type=bind,src=/a,dst=/b,relabel=shared").label == .shared)
        #expect(try mount("type=bind,src=/a,dst=/b,relabel=private").label == .own)
        #expect(try mount("type=bind,src=/a,dst=/b,bind-recursive=disabled").isNonRecursive)
        #expect(
            try mount("type=bind,src=a,dst=/b,bind-create-src").source
                == .bind(path: "/here/a", createIfMissing: true)
        )
        let made = try mount("src=v,dst=/b,volume-opt=type=tmpfs,\"volume-opt=o=size=1m,ro\",volume-label=a=b")
        #expect(made.volumeOptions == ["type=tmpfs", "o=size=1m,ro"] && made.volumeLabels == ["a=b"])
        #expect(try mount("type=tmpfs,dst=/b,tmpcopyup").source == .tmpfs(options: ["tmpcopyup"]))
        #expect(try mount("type=tmpfs,dst=/b,notmpcopyup").source == .tmpfs(options: []))
        #expect(try mount("type=bind,src=/a,dst=/b,consistency=cached").isReadOnly == false)
    }

    @Test(
        "what contradicts itself, smuggles something or belongs to another type is refused",
        arguments: [
            "type=volume,src=v,dst=/b,volume-subpath=/a", "type=volume,src=v,dst=/b,volume-subpath=a/../../b",
            "type=image,dst=/b", "type=image,src=i,dst=/b,readonly=false", "type=volume,src=v,dst=/b,tmpfs-size=1m",
            "type=bind,src=/a,dst=/b,ro,rw", "type=bind,src=/a,dst=/b,ro,readonly", "type=bind,src=/a,dst=/b,subpath=a",
            "type=bind,src=/a,dst=/b,bind-recursive=readonly", "type=bind,src=/a,dst=/b,bind-recursive=writable",
            "type=bind,src=/a,dst=/b,relabel=all", "type=volume,src=v,dst=/b,volume-driver=nfs",
            "type=volume,src=v,dst=/b,volume-opt", "type=bind,src=/a,dst=/b,consistency=x",
            "type=artifact,src=a,dst=/b",
            "type=bind,src=/a,dst=/b,ro=maybe", "src=/a,dst=/b", "type=bind,src=,dst=/b", "dst=/b,dst=/b",
        ]
    )
    func refused(text: String) {
        #expect(throws: ArgumentError.self) { try mount(text) }
    }

    @Test("words of -v")
    func words() throws {
        #expect(try volume("/a:/b:ro,Z,U").takesOwnership)
        #expect(try volume("/a:/b:z").label == .shared && volume("/a:/b:Z").label == .own)
        #expect(try volume("/a:/b:bind,rslave").propagation == "rslave")
        #expect(try volume("v:/b:nocopy,noexec").attributes == ["noexec"])
        #expect(try volume("/a:/b:cached").isReadOnly == false)
        for words in ["ro,rw", "z,Z", "nocopy", "shared,slave", "noexec,exec", "rw,rw", "O", "", "ro,"] {
            #expect(throws: ArgumentError.self, "\(words)") { try volume("/a:/b:\(words)") }
        }
        for words in ["rslave", "bind"] {
            #expect(throws: ArgumentError.self, "\(words)") { try volume("v:/b:\(words)") }
        }
    }
}
