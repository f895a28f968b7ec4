export { assignment, cluster, dataPlane, endpoint, forwardTo, listener, manager, portOf, route, routesFor, snapshot } from './fixtures';
