/** Lets the browser save a text, given in parts, as a file. */
export function saveFile(parts: string[], type: string, name: string) {
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
