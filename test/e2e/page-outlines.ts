// What a screen reader finds on each page: roles, names and texts in their order. Hosts, references
// and the addresses of throwaway accounts are masked.

/** Takes out of an outline what differs from run to run. */
export function maskOutline(outline: string): string {
  return outline
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1:port')
    .replaceAll(/127\.0\.0\.1%3A\d+/g, '127.0.0.1%3Aport')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'reference')
    .replaceAll(/\w+-(?:light|dark)-\d+@/g, 'somebody@')
}

const loginWith = (notice: string, email: string): string => `
- banner: 127.0.0.1:port
- main:
  - heading "Sign in" [level=1]
  - paragraph: Use your e-mail address and password.${notice}
  - text: E-mail address
  - textbox "E-mail address"${email}
  - text: Password
  - textbox "Password"
  - button "Sign in"`

const alertOf = (text: string): string => `
  - alert:
    - paragraph: ${text}`

interface Consent {
  readonly name: string
  readonly caution: string | null
  readonly publisher: string
  readonly target: string
  readonly remember: string
}

const askedAgain = 'You are asked again all the same, as the answer stays on this device.'
const selfRegistered = {
  name: 'Notes helper with a rather long name',
  publisher: 'Unknown The app registered itself, under a name of its own choice.',
  remember: askedAgain,
}

function consentOf({ name, caution, publisher, target, remember }: Consent): string {
  const note = caution === null ? '' : `\n  - note:\n    - paragraph: ${caution}`
  return `
- banner: 127.0.0.1:port
- main:
  - heading "Allow access?" [level=1]
  - paragraph:
    - strong: ${name}
    - text: wants to use
    - strong: Team notes
    - text: on your behalf.${note}
  - group "What it may do":
    - text: What it may do
    - checkbox "Read your notes notes:read" [checked]
    - text: Read your notes notes:read
    - checkbox "Write and delete notes in your name notes:write" [checked]
    - text: Write and delete notes in your name notes:write
    - checkbox "notes:administer-every-single-workspace" [checked]
    - text: notes:administer-every-single-workspace
  - term: Published by
  - definition: ${publisher}
  - term: Server
  - definition: Team notes notes https://notes.test/mcp
  - term: Returns to
  - definition: ${target}
  - term: Your account
  - definition: ada@example.test
  - checkbox "Remember this choice ${remember}" [checked]
  - text: Remember this choice ${remember}
  - button "Deny"
  - button "Allow"`
}

/** By page. */
export const outlines = {
  login: loginWith('', ''),
  'login-wrong': loginWith(
    alertOf('The e-mail address or the password is wrong.'),
    ': somebody@example.test',
  ),
  locked: loginWith(
    alertOf('Too many failed attempts. Try again in 15 minutes.'),
    ': somebody@example.test',
  ),
  'consent-site': consentOf({
    name: 'Notes on the web',
    caution: null,
    publisher: 'The operator of this site',
    target: 'client.test',
    remember: 'You are not asked again for what you allow now.',
  }),
  'consent-loopback': consentOf({
    ...selfRegistered,
    caution:
      'The answer goes to a program on this computer, and any program here could have asked. ' +
      'Allow it only if you have just started this yourself.',
    target: 'localhost:port this computer',
  }),
  'consent-phone': consentOf({
    ...selfRegistered,
    caution:
      'The answer opens an app on this device, and any app here could have claimed that address. ' +
      'Allow it only if you have just started this yourself.',
    target: 'com.example.notes app on this device',
  }),
  'unknown-app': `
- banner: 127.0.0.1:port
- main:
  - heading "This app is not known here" [level=1]
  - paragraph: This server has no app of that client_id, or could not read its description. \
In the app, remove this connection and add it again.
  - paragraph:
    - text: Reference
    - code: reference`,
  offer: `
- banner: 127.0.0.1:port
- main:
  - heading "The app sent a wrong request" [level=1]
  - paragraph:
    - text: The request of
    - strong: Notes helper with a rather long name
    - text: "was refused: code_challenge is missing ("
    - code: invalid_request
    - text: ).
  - paragraph: You can tell the app by going back to it. \
It has registered itself, so look at the address first.
  - paragraph:
    - link "Back to localhost:port":
      - /url: https://localhost:port/callback?error=invalid_request&error_description=\
code_challenge%20is%20missing&state=s1&iss=http%3A%2F%2F127.0.0.1%3Aport`,
  help: `
- banner: 127.0.0.1:port
- main:
  - heading "Connect from your app" [level=1]
  - paragraph: "An app that needs your permission has sent you here. Permission is given when the \
app itself opens the sign-in: go back to it, connect to the server again, and allow what it asks \
for."
  - paragraph:
    - text: "For developers: the authorization endpoint is"
    - code: http://127.0.0.1:port/oauth/authorize
    - text: .`,
  account: `
- banner: 127.0.0.1:port
- main:
  - heading "Change password" [level=1]
  - paragraph:
    - text: You are signed in as
    - strong: ada@example.test
    - text: .
  - text: Current password
  - textbox "Current password"
  - text: New password
  - textbox "New password"
  - text: At least 8 characters. New password again
  - textbox "New password again"
  - button "Change password"
  - paragraph: You will be signed out on all other devices.
  - button "Sign out"`,
  'account-wrong': `
- banner: 127.0.0.1:port
- main:
  - heading "Change password" [level=1]
  - paragraph:
    - text: You are signed in as
    - strong: ada@example.test
    - text: .
  - alert:
    - paragraph: The two new passwords are not the same.
  - text: Current password
  - textbox "Current password"
  - text: New password
  - textbox "New password"
  - text: At least 8 characters. New password again
  - textbox "New password again" [invalid]
  - button "Change password"
  - paragraph: You will be signed out on all other devices.
  - button "Sign out"`,
} as const

export type PageName = keyof typeof outlines
