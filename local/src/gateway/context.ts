import type { ApiModel, Clock, Invoke, RouteModel, StageModel } from '../model';
import type { Guard } from '../iam/guard';
import type { ClientCredentials } from '../iam/principal';
import type { Connection } from './connection';
import type { GatewayLogEntry } from './log';
import type { RouteSelection } from './route-selection';
import type { Throttle } from './throttle';

/** What the parts of one running gateway share. */
export interface GatewayContext {
  api: ApiModel;
  clock: Clock;
  invoke: Invoke;
  log: (entry: GatewayLogEntry) => void;
  stages: Map<string, Stage>;
  routes: Map<string, RouteModel>;
  selectRoute: RouteSelection;
  /** After how many milliseconds a connection is ended. */
  connectionLifetimeMs: number;
  /** Absent: whoever calls may do everything. */
  guard?: Guard;
  /** Of those who may sign a handshake. */
  clientCredentials: ClientCredentials[];
  /** The established connections, by id, until their sockets have closed. */
  connections: Map<string, Connection>;
}

export interface Stage {
  model: StageModel;
  throttle: Throttle;
}
