import { z } from 'zod/v4'

/** A whole number written in digits. */
export const whole = (min: number, max: number): z.ZodType<number, string> => {
  const error = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
}

/** A number that may have a fraction, `min` and `max` included, times `factor`: seconds to milliseconds, say. */
export const decimal = (min: number, max: number, factor = 1): z.ZodType<number, string> => {
  const error = `must be a number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,9})?$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .transform((value) => value * factor)
}

/** Text that fulfils a condition; `remedy` says which. */
export const matching = (pattern: RegExp, remedy: string): z.ZodType<string, string> =>
  z.string().regex(pattern, remedy)
