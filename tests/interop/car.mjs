// Reads a CAR with @ipld/car and checks every block as any IPFS tool would: its hash, strict dag-cbor, and that what the roots reach is
// in the file. Writes the same blocks again with @ipld/car. Runs beside the node_modules of js-ipfs (see tests/Defms.Daemon.Tests/Ipfs/Peers).
// usage: node car.mjs IN OUT
// Prints one line of JSON: {roots, blocks, reached, missing}.
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CarReader, CarWriter } from '@ipld/car'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

const [, , input, output] = process.argv
const reader = await CarReader.fromIterable(createReadStream(input))
const roots = await reader.getRoots()
const blocks = new Map()
for await (const { cid, bytes } of reader.blocks()) {
  const again = CID.createV1(cid.code, await sha256.digest(bytes))
  if (!again.equals(cid)) throw new Error(`${cid} does not match its bytes`)
  if (cid.code === dagCbor.code && Buffer.compare(dagCbor.encode(dagCbor.decode(bytes)), bytes) !== 0) throw new Error(`${cid} is not strict dag-cbor`)
  blocks.set(cid.toString(), { cid, bytes })
}

const reached = new Set()
const missing = []
const open = [...roots]
while (open.length > 0) {
  const cid = open.pop()
  if (reached.has(cid.toString())) continue
  reached.add(cid.toString())
  const block = blocks.get(cid.toString())
  if (block == null) missing.push(cid.toString())
  else if (cid.code === dagCbor.code) collect(dagCbor.decode(block.bytes), open)
}

const { writer, out } = CarWriter.create(roots)
const written = pipeline(Readable.from(out), createWriteStream(output))
for (const block of blocks.values()) await writer.put(block)
await writer.close()
await written
console.log(JSON.stringify({ roots: roots.map(String), blocks: blocks.size, reached: reached.size, missing }))

function collect (value, links) {
  const values = [value]
  while (values.length > 0) {
    const one = values.pop()
    const link = CID.asCID(one)
    if (link != null) links.push(link)
    else if (one != null && typeof one === 'object' && !(one instanceof Uint8Array)) values.push(...Object.values(one))
  }
}
