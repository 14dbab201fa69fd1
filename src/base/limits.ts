// Every bound of the program in one place, with the relations that must hold between them.
import { assert } from './assert.ts'

export const limits = {
  /** Request bodies: OAuth forms (spec 01 §10) and admin documents (spec 05 §3). */
  formBytesMax: 64 * 1024,
  formParametersMax: 64,
  adminBodyBytesMax: 1024 * 1024,
  policyBodyBytesMax: 16 * 1024,
  /** HTTP/1.1 head and sockets (reliability: slow and idle clients). */
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 10_000,
  connectionsCheckMs: 1000,
  connectionsMax: 16_384,
  requestsPerSocketMax: 10_000,
  /** What is still read, and dropped, of a connection after its last answer, and for how long. */
  lingerBytesMax: 4 * 1024 * 1024,
  lingerMs: 5000,

  /** Users (spec 01 §7.4, 04 §1.1): what may be typed in, and what they may choose themselves. */
  emailBytesMax: 254,
  userNameBytesMax: 255,
  /** What a command reads from its standard input: a password and its line break. */
  cliInputBytesMax: 4096,
  passwordBytesMax: 1024,
  passwordCharactersMin: 8,

  /** Client records (spec 05 §4.1). */
  clientNameBytesMax: 255,
  agentDescriptionBytesMax: 255,
  /** Names and descriptions of resources and their scopes. */
  displayNameBytesMax: 1024,
  redirectUrisMax: 10,
  /** The document in which a client registers itself (spec 01 §11). */
  registrationBytesMax: 1024 * 1024,
  registrationCommasMax: 10_000,
  resourceScopesMax: 1000,
  /** URIs that are registered: of redirects, resources and return URLs. */
  uriBytesMax: 2048,
  /** A list of scope names in its space-separated form. */
  scopeBytesMax: 8192,
  pathParameterBytesMax: 256,
  /** Lists and objects inside each other in a document of an operator. */
  jsonDepthMax: 32,
  /** What a refusal says to an operator: some of it repeats what he sent. */
  problemDetailCharactersMax: 4096,
  requestIdCharactersMax: 128,
  /** Faults that a test may ask for at once, and how long one may delay (spec 00 B27). */
  testFaultsMax: 1_000_000,
  testFaultDelayMsMax: 60_000,

  /** Admin lists (spec 05 §3). */
  pageRowsMax: 500,
  pageOffsetMax: 2 ** 30,
  issuanceRowsMax: 5000,
  issuanceWindowMsMax: 30 * 24 * 3_600_000,
  auditRowsMax: 1000,
  auditOffsetMax: 100_000,

  /** An authorization: from its request to the redemption of its code (spec 02 §1). */
  authorizationLifeMs: 600_000,
  /** Our own access tokens that come back to us; the longest scope and resource fit. */
  ownTokenCharactersMax: 32 * 1024,
  /** Failed redemptions after which a code is dead (decision B1). */
  codeFailuresMax: 5,
  /** Answers to one spent refresh token within the grace window (decision B3). */
  refreshSiblingsMax: 5,

  /** How long verifiers may keep our key set (Cache-Control of the JWKS, decision C5). */
  keySetLifeSeconds: 300,

  /** How long one message to an actor may take before its sender gives up. */
  askMs: 5000,
  /** Health checks (spec 01 §4). */
  readyAskMs: 3000,
  healthAskMs: 5000,

  /** Mailboxes: messages sent to an actor and not yet answered (architecture §5). */
  storageMailboxMessagesMax: 8192,
  signerMailboxMessagesMax: 4096,
  /**
   * Messages to actors, not yet answered, at which new requests of a class are refused: pages and
   * registrations, then tokens, then questions about tokens (reliability B9). A few hundred keep
   * every thread busy; more only make everybody wait.
   */
  waitingMessagesMax: { page: 512, token: 1024, inspection: 1536 },
  /**
   * On a machine or disk that is slower, fewer: as many as are answered within this time. A token
   * is three messages, one after the other.
   */
  waitingMsMax: 30,
  /** So many keep every thread busy: no limit is lower, and below it no rate says anything. */
  waitingMessagesMin: 64,
  /** A mailbox of which this share is full refuses all of them: operators may make one small. */
  fullMailboxShare: 0.8,

  /** Messages that storage takes in one go: reads share a snapshot, units share commits. */
  storageBatchMessagesMax: 256,
  /** Messages of one frame to a worker, and handled between two frames of answers. */
  outboxMessagesMax: 16,
  replyMessagesMax: 32,
  /** One such frame between processes. Requests are bounded long before; this bounds a bug. */
  streamFrameBytesMax: 4 * 1024 * 1024,

  /** Rows of one group commit; the default of `actors.storage.commit_rows_max`. */
  commitRowsMax: 64,

  /** Restart intensity of every actor: beyond it the process gives up (architecture §4.4). */
  restartsMax: 5,
  restartPeriodMs: 10_000,
  /**
   * An actor that is not ready, or not stopped, by then is ended. Migrations run within the first.
   */
  actorStartMsMax: 120_000,
  actorStopMsMax: 5000,
  /** A silent actor is found between `hangMs` and one beat later. */
  probeEveryMs: 100,
  hangMs: 700,
  /** How long an actor may be at work on an ask past its deadline before it counts as hung. */
  overdueMsMax: 5000,
  /** One copy of the write-ahead log; nobody waits for the actor that does it. */
  checkpointHangMs: 30_000,
  /** One password, in the costliest form that is still checked. */
  passwordHangMs: 10_000,

  /**
   * Key directory: size of one file, and how long a rotation may hold the lock of the directory.
   */
  keyFileBytesMax: 16 * 1024,
  keyReadsMax: 1000,
  rotationHoldMs: 30_000,
  /**
   * A lock older than this is nobody's, whoever took it: its holder gave it up at `rotationHoldMs`.
   */
  rotationLockStaleMs: 60_000,
  keyWatchQuietMs: 200,
  keyPollMs: 30_000,
  firstKeyWaitMs: 5000,
  firstKeyRetryMs: 50,
  /** How far the clock of whoever made the claims may be from the signer's. */
  issuedAtDriftSeconds: 60,

  /** DPoP proofs (spec 02 §6): their size, the size of their ids, keys that are taken. */
  proofCharactersMax: 8192,
  proofIdCharactersMax: 256,
  proofRsaBitsMin: 2048,
  proofRsaBitsMax: 8192,
  /** How long a used proof is remembered beyond twice its life. */
  proofRetentionSlackMs: 60_000,
  /** Of one thread that checks proofs: imported keys, used proofs, checks between two answers. */
  proofKeysMax: 10_000,
  proofWindowMax: 200_000,
  proofBatchMessagesMax: 8,
  proofMailboxMessagesMax: 4096,

  /** The head of an answer from another host. */
  outboundHeadBytesMax: 16 * 1024,
  /** Metadata documents (spec 01 §12): fetches at once, who waits for a turn, and how long. */
  documentFetchesMax: 16,
  documentWaitersMax: 256,
  documentTurnMsMax: 2000,
  /** Documents and failures that are remembered, and for how long at least, or at all. */
  documentsCachedMax: 1024,
  documentLifeMsMin: 60_000,
  documentFailureMs: 30_000,

  /** Sources that the rate limiter remembers; the least recently seen goes first. */
  rateLimitSourcesMax: 100_000,
} as const

assert(limits.lingerBytesMax > limits.adminBodyBytesMax, 'a body somewhat too large is read')
assert(limits.outboxMessagesMax <= limits.replyMessagesMax, 'a frame fits one chunk of answers')
assert(
  Math.max(...Object.values(limits.waitingMessagesMax)) <
    Math.min(limits.storageMailboxMessagesMax, limits.signerMailboxMessagesMax),
  'requests are refused before a mailbox is full',
)
assert(limits.commitRowsMax <= limits.storageMailboxMessagesMax, 'a commit fits the mailbox')
assert(limits.askMs > limits.hangMs, 'a hung actor is found before its callers give up')
assert(limits.rotationHoldMs < limits.rotationLockStaleMs, 'a live rotation is never taken over')
