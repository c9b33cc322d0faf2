/** Messages of Envoy's configuration, as JSON. */
export const extension = (type: string, config: object = {}) => ({ '@type': `type.googleapis.com/${type}`, ...config })
export const tcp = (port: number, address = '127.0.0.1') => ({ socket_address: { address, port_value: port } })
