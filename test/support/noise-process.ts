// A process that says on its connection what is no frame, and lives on.
import { Socket } from 'node:net'

new Socket({ fd: 3, readable: true, writable: true }).write(Buffer.alloc(64, 0xff))
setInterval(() => undefined, 1000)
