import { isLoopback, isSafeAddress } from '../../../src/util/address.ts'

/** Where one of Microsoft's clouds keeps its services. */
export interface Cloud {
  /** Who signs the tokens of requests to us, and for whom we ask tokens. */
  readonly issuer: string
  /** Names the signing keys. */
  readonly openIdUrl: string
  /** Without a slash at its end; a tenant follows. */
  readonly loginUrl: string
  /** The directory that knows apps of several tenants. */
  readonly botDirectory: string
  readonly callerId: string
  /** For whom a managed identity's token must be made that is exchanged for one of the app. */
  readonly exchangeAudience: string
  /**
   * The origins that replies may be sent to. They are whole origins, never a suffix, because anyone can register a name under
   * `.trafficmanager.net`.
   */
  readonly origins: readonly string[]
}

/** Everybody's cloud, that of the government community (GCC), and the government's own two. */
const teamsOrigins: readonly string[] = [
  'https://smba.trafficmanager.net',
  'https://smba.infra.gcc.teams.microsoft.com',
  'https://smba.infra.gov.teams.microsoft.us',
  'https://smba.infra.dod.teams.microsoft.us',
]

/** Everybody's cloud. */
const publicCloud: Cloud = {
  issuer: 'https://api.botframework.com',
  openIdUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
  loginUrl: 'https://login.microsoftonline.com',
  botDirectory: 'botframework.com',
  callerId: 'urn:botframework:azure',
  exchangeAudience: 'api://AzureADTokenExchange',
  origins: teamsOrigins,
}

/** The United States government's cloud. */
const governmentCloud: Cloud = {
  issuer: 'https://api.botframework.us',
  openIdUrl: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
  loginUrl: 'https://login.microsoftonline.us',
  botDirectory: 'MicrosoftServices.onmicrosoft.us',
  callerId: 'urn:botframework:azureusgov',
  exchangeAudience: 'api://AzureADTokenExchangeUSGov',
  origins: teamsOrigins,
}

/** Microsoft's cloud in China, which 21Vianet runs (https://learn.microsoft.com/azure/bot-service/how-to-deploy-china-cloud). */
const chinaCloud: Cloud = {
  issuer: 'https://api.botframework.azure.cn',
  openIdUrl: 'https://login.botframework.azure.cn/v1/.well-known/openidconfiguration',
  loginUrl: 'https://login.partner.microsoftonline.cn',
  botDirectory: 'microsoftservices.partner.onmschina.cn',
  callerId: 'urn:botframework:azurechina',
  exchangeAudience: 'api://AzureADTokenExchangeChina',
  origins: ['https://smba.trafficmanager.cn'],
}

/** The clouds by the names that `BOT_CLOUD` gives them; tenants of the government community (GCC) are in the public one. */
export const clouds: Readonly<Record<string, Cloud>> = {
  public: publicCloud,
  usgov: governmentCloud,
  china: chinaCloud,
}

/** Where a tenant of the government community cloud is served when its stored address names another host. */
export const communityServiceUrl = 'https://smba.infra.gcc.teams.microsoft.com/teams/'

/** Whether replies may go to a service URL. */
export const isServiceUrl = (text: string, { serviceOrigins, cloud, app }: ServiceRule): boolean => {
  if (!isSafeAddress(text)) return false
  const { origin, hostname } = new URL(text)
  if (serviceOrigins.includes(origin)) return true
  return app === undefined ? isLoopback(hostname) : cloud.origins.includes(origin)
}

/** The service URLs that may receive replies, and with them our token. */
interface ServiceRule {
  /** Origins beside those of Teams. */
  readonly serviceOrigins: readonly string[]
  readonly cloud: Pick<Cloud, 'origins'>
  /** Undefined for an anonymous bot; then only this machine is allowed. */
  readonly app: unknown
}
