/** Deeper documents would exhaust the stack of what walks through them. */
const depthMax = 100

/** The value of a JSON text that comes from outside; undefined if it is not JSON, or nested more than 100 levels. */
export function jsonOf(text: string): unknown {
  if (isTooDeep(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const [quote, backslash] = [0x22, 0x5c]
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])

function isTooDeep(text: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (inText) {
      if (code === backslash) at += 1
      else if (code === quote) inText = false
    } else if (code === quote) inText = true
    else if (opening.has(code)) {
      depth += 1
      if (depth > depthMax) return true
    } else if (closing.has(code)) depth -= 1
  }
  return false
}
