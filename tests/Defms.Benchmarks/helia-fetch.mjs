// Fetches blocks over bitswap, many at a time. Put into the folder helia of ipfs-peers and run there.
// usage: node fetch.mjs MULTIADDR REPOSITORY IN_FLIGHT, with one CID a line on stdin; prints the seconds that it took.
import '../node20-polyfill.mjs'
import { createInterface } from 'node:readline'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import { makePeer, toBytes } from './peer.mjs'

const [address, repo, inFlight] = process.argv.slice(2)
const names = []
for await (const line of createInterface({ input: process.stdin })) names.push(CID.parse(line))
const peer = await makePeer({ repo })
await peer.libp2p.dial(multiaddr(address))
const began = performance.now()
let next = 0
async function fetchInTurn () {
  while (next < names.length) await toBytes(peer.blockstore.get(names[next++], { signal: AbortSignal.timeout(60_000) }))
}
await Promise.all(Array.from({ length: Number(inFlight) }, fetchInTurn))
console.log((performance.now() - began) / 1000)
process.exit(0)
