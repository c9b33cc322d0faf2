/** What the URL of `/gateways` asks the API for. */
export const versionsInput = (get: (key: string) => string | null) => ({ cursor: get('vcursor'), pageSize: 12 })
