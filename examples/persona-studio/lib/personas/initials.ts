/** The first letters of up to two words of a name, for a persona without a portrait. */
export function initials(displayName: string): string {
  const words = displayName.trim().split(/\s+/)
  return Array.from(words.slice(0, 2), (word) => word.charAt(0).toUpperCase()).join('')
}
