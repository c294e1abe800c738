/** Result shapes of a session's tool outputs, of extraction without a commit, and of counts. Types only. */
import type { MemoryOutcome } from './results.ts';

/** A tool output too large for its message. */
export interface ToolResultMeta {
  readonly tool_result_id: string;
  readonly tool_id: string;
  readonly tool_name: string;
  readonly tool_status: string;
  /** Unicode code points. */
  readonly total_chars: number;
  readonly sha256: string;
  readonly storage_uri: string;
  readonly created_at: string;
}

export interface ToolResultList {
  readonly tool_results: readonly ToolResultMeta[];
}

export interface ToolResultPage {
  readonly tool_result_id: string;
  readonly content: string;
  readonly offset: number;
  readonly limit: number;
  readonly offset_unit: 'unicode_code_point';
  readonly total_chars: number;
  readonly has_more: boolean;
  readonly metadata?: ToolResultMeta;
}

export interface ToolResultMatches {
  readonly tool_result_id: string;
  readonly matches: readonly {
    readonly offset: number;
    readonly offset_unit: 'unicode_code_point';
    readonly snippet: string;
  }[];
}

export interface SessionExtractResult {
  readonly session_id: string;
  /** Which extractor ran; `none` without messages. */
  readonly extractor: string;
  /** By type. */
  readonly memories_extracted: Readonly<Record<string, number>>;
  readonly memories: readonly MemoryOutcome[];
}

export interface MemoryStats {
  readonly total_memories: number;
  readonly by_category: Readonly<Record<string, number>>;
}

export interface SessionStats {
  readonly session_id: string;
  readonly message_count: number;
  readonly total_message_count: number;
  readonly pending_tokens: number;
  readonly commit_count: number;
  readonly memories_extracted: Readonly<Record<string, number>>;
  /** Entries said to be useful since the last commit. */
  readonly contexts_used: number;
}

export interface DebugHealth {
  readonly healthy: boolean;
  readonly errors: readonly string[];
}
