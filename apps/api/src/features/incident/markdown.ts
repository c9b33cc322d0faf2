/** Text, so that Markdown shows it in one line, and nothing else. */
export const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+.!|<>~-]/g, '\\$&').replace(/\s+/g, ' ')
