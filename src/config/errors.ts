/** Why a configuration could not be written, read or used. `message` is for the user and holds no value from the file. */
export type ConfigErrorCode = 'changedOnDisk' | 'broken' | 'badPath' | 'badValue' | 'readOnly' | 'unreadable' | 'unwritable' | 'secret';

export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  constructor(code: ConfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
    this.code = code;
  }
}
