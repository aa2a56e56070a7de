/** Booking sites as Channex spells them, which differs between its pages and answers: compared without case. */

const normalize = (provider: string | undefined): string =>
  (provider ?? '').toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** The site's name for people: `Booking.com`; an unknown one's own spelling; undefined where none is known. */
export const siteName = (provider: string | undefined): string | undefined => {
  const name = normalize(provider)
  if (name === 'bookingcom') return 'Booking.com'
  if (name === 'airbnb') return 'Airbnb'
  if (name.startsWith('expedia')) return 'Expedia'
  return name === '' ? undefined : provider?.trim()
}

/** Whether a thread is Booking.com's. */
export const isBookingCom = (provider: string | undefined): boolean => normalize(provider) === 'bookingcom'

/** Whether a thread is Airbnb's. */
export const isAirbnb = (provider: string | undefined): boolean => normalize(provider) === 'airbnb'
