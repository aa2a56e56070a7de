/** An activity as Teams sends it. */
export type TeamsActivity = Readonly<Record<string, unknown>>

export const tenantId = '5c1c0a52-7c1e-4d55-a0f0-0b8f0a6f3c11'

/** The tenant of people whom that one has let into its shared channel. */
export const partnerTenantId = '8d3a61be-2f4c-4f0a-9a57-1f2b7c4d9e10'

/** Where guests of the fake write. */
export const conversations = {
  personal: { id: 'a:1Qx7personal', conversationType: 'personal', tenantId },
  group: { id: '19:d1c2group@thread.v2', conversationType: 'groupChat', tenantId, isGroup: true },
  channel: {
    id: '19:room@thread.tacv2;messageid=1793640011000',
    conversationType: 'channel',
    tenantId,
    isGroup: true,
  },
  shared: {
    id: '19:shared@thread.tacv2;messageid=1793640012000',
    conversationType: 'channel',
    tenantId,
    isGroup: true,
  },
} as const

/** The team of the fake's channel. */
const teamId = '19:team@thread.tacv2'

/** A text as the editor of Teams writes it. */
const toHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>')

const copyOf = (html: string): TeamsActivity => ({ contentType: 'text/html', content: `<div>${html}</div>` })

/** Makes activities, each with an id of its own. */
export interface Activities {
  /** A guest's message; in a group and in a channel it mentions the bot. */
  readonly message: (text: string, where?: keyof typeof conversations) => TeamsActivity
  /** A message of somebody from another tenant: the conversation names its host, `channelData` the writer's. */
  readonly outsider: (text: string, where: keyof typeof conversations) => TeamsActivity
  /** What people say to each other; a bot hears it only with the permission to read everything. */
  readonly aside: (text: string, where: 'group' | 'channel') => TeamsActivity
  /** The two events by which Teams tells that the bot was added. */
  readonly installation: (where?: keyof typeof conversations) => readonly [TeamsActivity, TeamsActivity]
  /** The one event by which Teams tells that the bot was added to a shared or private channel of its team. */
  readonly channelInstallation: () => TeamsActivity
  /** An activity of another type. */
  readonly event: (type: string, fields?: TeamsActivity, where?: keyof typeof conversations) => TeamsActivity
}

export const createActivities = (serviceUrl: string, appId: string): Activities => {
  const bot = { id: `28:${appId}`, name: 'Concierge' }
  let last = 1_793_640_011_000
  const event: Activities['event'] = (type, fields = {}, where = 'personal') => {
    last += 1000
    return {
      type,
      id: String(last),
      timestamp: new Date(last).toISOString(),
      channelId: 'msteams',
      serviceUrl,
      from: { id: '29:guest', name: 'Ines Ferreira', aadObjectId: 'e1f0a1de-0000-4000-8000-000000000001' },
      recipient: bot,
      conversation: conversations[where],
      locale: 'en-GB',
      channelData: {
        tenant: { id: tenantId },
        ...(where === 'channel' || where === 'shared' ? { team: { id: teamId } } : {}),
      },
      ...fields,
    }
  }
  const message: Activities['message'] = (text, where = 'personal') => {
    const html = toHtml(text)
    if (where === 'personal')
      return event('message', { text, textFormat: 'plain', attachments: [copyOf(html)] }, where)
    const mention = `<at>${bot.name}</at>`
    const entities = [
      { type: 'mention', mentioned: bot, text: mention },
      { type: 'clientInfo', locale: 'en-GB', country: 'GB', platform: 'Windows' },
    ]
    const span = `<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">${bot.name}</span>`
    const attachments = [copyOf(`${span}&nbsp;${html}`)]
    return event('message', { text: `${mention} ${text}`, textFormat: 'plain', entities, attachments }, where)
  }
  return {
    message,
    outsider: (text, where) => {
      const activity = message(text, where)
      return {
        ...activity,
        from: { id: '29:partner', name: 'Jonas Weber', aadObjectId: 'e1f0a1de-0000-4000-8000-000000000002' },
        channelData: { ...(activity['channelData'] as object), tenant: { id: partnerTenantId } },
      }
    },
    aside: (text, where) =>
      event('message', { text, textFormat: 'plain', attachments: [copyOf(toHtml(text))] }, where),
    installation: (where = 'personal') => {
      // A team is known by the id of its first channel, and no thread has begun.
      const place = (id: string): TeamsActivity =>
        where === 'channel' ? { conversation: { ...conversations.channel, id } } : {}
      return [
        event('installationUpdate', { action: 'add', ...place('19:room@thread.tacv2') }, where),
        event('conversationUpdate', { membersAdded: [bot], ...place(teamId) }, where),
      ]
    },
    channelInstallation: () =>
      event(
        'conversationUpdate',
        {
          membersAdded: [bot],
          conversation: { ...conversations.shared, id: '19:shared@thread.tacv2' },
          channelData: {
            tenant: { id: tenantId },
            team: { id: teamId },
            channel: { id: '19:shared@thread.tacv2', type: 'shared' },
            eventType: 'channelMemberAdded',
          },
        },
        'shared',
      ),
    event,
  }
}
