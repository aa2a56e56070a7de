import { isSafeAddress } from '../../src/util/address.ts'
import { address, anyText, matching, type SettingRows, type SettingSection } from '../../src/util/setting.ts'
import { clouds } from './api/cloud.ts'

/** Whether there is a bot at all. */
export const identityRows = {
  id: {
    name: 'MicrosoftAppId',
    // Azure shows ids in lower case, but people copy them from other places too.
    schema: anyText.transform((value) => value.toLowerCase()),
    missing: 'is missing; copy the application (client) id from the app registration',
    help: 'The application (client) id of the bot’s registration.',
  },
  anonymous: {
    name: 'BOT_ALLOW_ANONYMOUS',
    schema: matching(/^(?:true|false|1|0)$/i, 'must be true or false').transform((value) =>
      /^(?:true|1)$/i.test(value),
    ),
    default: 'false',
    help: '`true`: without an app id the bot takes unauthenticated activities, on loopback only, for trying things out.',
  },
} as const satisfies SettingRows

/** What kind of registration it is. */
export const registrationRows = {
  type: {
    name: 'MicrosoftAppType',
    schema: anyText
      .transform((value) => value.toLowerCase())
      .refine(
        (value) => ['singletenant', 'multitenant', 'userassignedmsi'].includes(value),
        'must be SingleTenant, MultiTenant or UserAssignedMSI',
      ),
    default: 'SingleTenant',
    help: '`SingleTenant`, `MultiTenant` or `UserAssignedMSI` (a bot that is a managed identity itself, and proves nothing else).',
  },
  tenant: {
    name: 'MicrosoftAppTenantId',
    schema: anyText,
    missing: 'is missing; copy the directory (tenant) id from the app registration',
    help: 'The directory (tenant) id of the registration.',
  },
} as const satisfies SettingRows

const proofGuide = '[How to choose](adapters/botframework/README.md#how-the-bot-proves-who-it-is).'

/** What proves who the bot is, beside a certificate; one way must be given. */
export const proofRows = {
  password: {
    name: 'MicrosoftAppPassword',
    schema: anyText,
    isSecret: true,
    missing:
      'is missing; make a client secret in the app registration and copy its value, or use a federated credential (MicrosoftAppClientId) or a certificate (CertificateDiskPath)',
    help: 'How the bot proves who it is, one of five ways: a client secret.',
    details: proofGuide,
  },
  identity: {
    name: 'MicrosoftAppClientId',
    schema: anyText.transform((value) => value.toLowerCase()),
    help: 'Or a federated credential for a managed identity of this machine: the identity’s client id, or `system`.',
  },
  assertionPath: {
    name: 'SignedAssertionFileDiskPath',
    schema: anyText,
    help: 'Or a federated credential for what somebody else signs, such as Kubernetes: the file with the token.',
  },
} as const satisfies SettingRows

/** A certificate. */
export const certificateRows = {
  path: {
    name: 'CertificateDiskPath',
    schema: anyText,
    help: 'Or a certificate: a PEM file with the private key and the certificate.',
  },
  pem: {
    name: 'CertificatePrivateKey',
    schema: anyText,
    isSecret: true,
    help: 'Or, as the Bot Framework has it, the private key itself (PEM, `\\n` for line ends).',
  },
  thumbprint: {
    name: 'CertificateThumbprint',
    schema: anyText,
    help: 'The certificate’s thumbprint (SHA-256 or SHA-1, hexadecimal), where the certificate does not stand beside the key.',
  },
} as const satisfies SettingRows

/** Who may write, and where replies may go. */
export const accessRows = {
  tenants: {
    name: 'BOT_ALLOWED_TENANTS',
    schema: anyText.transform((value) => readList(value.toLowerCase())),
    otherwise: 'any',
    help: 'Microsoft tenants in which people may write, their ids comma-separated.',
    details:
      'In shared channels and group chats the tenant that hosts them counts, and the people it lets in may write.',
  },
  serviceOrigins: {
    name: 'BOT_SERVICE_URLS',
    schema: anyText
      .transform(readList)
      .refine((origins) => origins.every(isOrigin), {
        error:
          'must be origins such as https://bots.example.com, comma-separated, without a path (http only for loopback)',
        abort: true,
      })
      .transform((origins) => origins.map((origin) => new URL(origin).origin)),
    otherwise: 'Microsoft’s own',
    help: 'Further exact origins that replies may go to, comma-separated; for tests.',
  },
} as const satisfies SettingRows

/** Which of Microsoft's clouds it is. */
export const cloudRows = {
  cloud: {
    name: 'BOT_CLOUD',
    schema: anyText
      .transform((value) => value.toLowerCase())
      .refine((value) => Object.hasOwn(clouds, value), 'must be public, usgov or china'),
    otherwise: '`public`',
    example: 'public',
    help: '`usgov` for the government clouds GCC High and DoD (GCC is in the public one), `china` for the one that 21Vianet runs.',
  },
  openIdUrl: {
    name: 'BOT_OPENID_METADATA',
    schema: address,
    otherwise: 'Microsoft’s',
    help: 'The document of Microsoft’s signing keys; for tests and sovereign clouds.',
  },
} as const satisfies SettingRows

/** Read where the bot asks for tokens. */
export const tokenRows = {
  tokenUrl: {
    name: 'BOT_TOKEN_URL',
    schema: address,
    otherwise: 'Microsoft’s',
    help: 'The token endpoint; for tests and sovereign clouds.',
  },
} as const satisfies SettingRows

/** What can be set. */
export const botFrameworkSettings: SettingSection = {
  title: 'Microsoft Teams',
  guide: { path: 'adapters/botframework/README.md', text: 'How to connect Teams' },
  rows: {
    id: identityRows.id,
    ...registrationRows,
    ...proofRows,
    ...certificateRows,
    ...accessRows,
    ...cloudRows,
    ...tokenRows,
    anonymous: identityRows.anonymous,
  },
}

function readList(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function isOrigin(value: string): boolean {
  return isSafeAddress(value) && new URL(value).pathname === '/'
}
