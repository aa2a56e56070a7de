/** What another system says, as a reason for people quotes it: in marks by which the log finds it again. */
export const quote = (text: string): string => `“${text.replaceAll(/[“”]/g, '"')}”`

/**
 * A reason for the log. What another system says may repeat a guest's words: the console shows it, a log never does. A quotation that
 * was cut before its closing mark goes to the end.
 */
export const withoutQuotations = (text: string): string => text.replaceAll(/“[^”]*(?:”|$)/g, '“…”')
