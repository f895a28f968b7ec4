export { type AccessLogConfig, type AccessLogFilter, type AccessLogFormat, ENVOY_TEXT_FORMAT, ISTIO_JSON_FORMAT, ISTIO_TEXT_FORMAT, type JsonFormat } from './access-log/model';
export { type ClusterLabels, ClusterLabelsTable } from './cluster-labels';
export { type Peer, type PeerLabels, PeerTable } from './peer';
export { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER } from './peer-metadata';
export { formatResponseFlags, RESPONSE_FLAG, type ResponseFlagName } from './response-flag';
export { createStreamRecord, resetStreamRecord, type StreamRecord } from './stream-record';
