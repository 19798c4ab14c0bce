import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

/// What is looked up while others remove things.
@Suite("images that are held")
struct HoldTests {
    /// Puts an image with two layers into a store, which no living process keeps afterwards.
    private func abandonedImage(in root: FilePath) throws -> StoredImage {
        let store = try ImageStore(root: root)
        return try addImage(store, [layerStream("a", [1]), layerStream("b", [2])], named: "chat")
    }

    /// Removes all images, until the one with this name is gone.
    ///
    /// A child that another test has just forked holds the lease of the store that has ended until its exec.
    private func prune(_ root: FilePath, until name: String) throws {
        var request = GarbageCollection()
        request.removesUnusedImages = true
        let isGone = try eventually {
            let store = try ImageStore(root: root)
            _ = try store.collectGarbage(request)
            return try store.image(named: ImageReference(name)) == nil
        }
        try #require(isGone)
    }

    @Test("a held image stays whole, whoever removes it")
    func held() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            let image = try abandonedImage(in: root)
            let store = try ImageStore(root: root)
            #expect(try store.hold(image))
            let other = try ImageStore(root: root)
            var request = GarbageCollection()
            request.removesUnusedImages = true
            #expect(try other.collectGarbage(request).removedImages.isEmpty, "a prune leaves it alone")
            #expect(try other.removeImage(image).count == 1)
            #expect(try other.collectGarbage().removedLayers.isEmpty, "without its name it is still needed")
            #expect(try store.layers(of: image).count == 2)
            // Whoever holds it may name it again.
            try store.setReference(try ImageReference("again"), to: image.manifestDigest)
            #expect(try store.check().isSound)
        }
    }

    @Test("a look-up that a prune overtakes is made again")
    func overtaken() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            _ = try abandonedImage(in: root)
            let store = try ImageStore(root: root)
            var count = 0
            let found = try store.holding {
                count += 1
                let image = try store.image(named: try ImageReference("chat"))
                if count == 1 { try prune(root, until: "chat") }
                return image
            }
            #expect(found == nil && count == 2)
            #expect(try store.usage().layers.isEmpty)
        }
    }

    @Test("an image of which a layer is gone gets no name")
    func incomplete() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            let image = try abandonedImage(in: root)
            let store = try ImageStore(root: root)
            // Its documents stay, as for somebody who has looked at them to give the image another name.
            #expect(try store.hasBlob(image.manifestDigest) && store.hasBlob(image.id))
            try store.removeImage(image)
            let other = try ImageStore(root: root)
            try #require(try eventually { try other.collectGarbage().removedLayers.count == 2 })
            #expect(throws: StorageError.self) {
                try store.setReference(try ImageReference("again"), to: image.manifestDigest)
            }
            #expect(try store.references().isEmpty && store.images().isEmpty)
            #expect(try store.check().isSound)
        }
    }

    @Test("a damaged layer that is set aside is no garbage while its repair lasts")
    func quarantine() throws {
        try withStore { store, _ throws in
            let image = try addImage(store, [layerStream("a", [1])], named: "chat")
            let layer = try #require(try store.layers(of: image).first)
            let aside = try #require(try store.quarantine(layer.diffID))
            _ = try ImageStore(root: store.root).collectGarbage()
            #expect(try !store.release(aside), "nobody has brought a sound one")
            #expect(text(layer.tree.appending("a")) == "\u{1}")
        }
    }
}
