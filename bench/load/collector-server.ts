// Program that stands for a collector of traces: takes every export over gRPC, prints its port, and
// at SIGTERM how many bytes came.
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'

const asItIs = (bytes: Buffer): Buffer => bytes
let received = 0

const server = new Server()
server.addService(
  {
    Export: {
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  },
  {
    Export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
      received += call.request.length
      answer(null, Buffer.alloc(0))
    },
  },
)
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  process.stdout.write(`${port}\n`)
})
process.once('SIGTERM', () => {
  process.stdout.write(`${received}\n`)
  server.forceShutdown()
})
