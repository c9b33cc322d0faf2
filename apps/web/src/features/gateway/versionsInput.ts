/** The API input for the URL of `/gateways`. */
export const versionsInput = (get: (key: string) => string | null) => ({ cursor: get('vcursor'), pageSize: 12 })
