//! What kind of failure a code of each engine is.

use crate::engine::Category;

/// By SQLSTATE.
pub(super) fn postgres(code: &str, message: &str) -> Category {
    match code {
        "57014" if message.contains("timeout") => Category::Timeout,
        "25P03" | "25P04" => Category::Timeout,
        "55P03" | "40P01" | "40001" | "55006" => Category::Lock,
        // A server that stops, starts, or only reads (a standby, one whose disk is full) is not there to be written to.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25006" | "53300" | "3D000" => Category::Connect,
        "42501" => Category::Permission,
        "42601" | "42602" | "42611" | "42622" => Category::Syntax,
        "42P04" | "42P06" | "42P07" | "42701" | "42710" | "42712" | "42723" => Category::Exists,
        "53100" | "58030" => Category::Disk,
        _ if code.starts_with("08") => Category::Connect,
        _ if code.starts_with("28") => Category::Auth,
        _ if code.starts_with("23") => Category::Constraint,
        _ => Category::Other,
    }
}

/// By error number, MySQL's and MariaDB's.
pub(super) fn mysql(number: u16, message: &str) -> Category {
    match number {
        1040
        | 1042
        | 1043
        | 1049
        | 1053
        | 1152
        | 1158..=1161
        | 1184
        | 1203
        | 1226
        | 1927
        | 2002
        | 2003
        | 2006
        | 2013 => Category::Connect,
        // Servers that only read for now; a Galera node that is not ready to be asked anything.
        1290 if message.contains("read-only") || message.contains("read_only") => Category::Connect,
        1836 => Category::Connect,
        1047 if message.contains("WSREP") => Category::Connect,
        1045 | 1129 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151 => Category::Auth,
        1205 | 1213 | 3572 => Category::Lock,
        1969 | 3024 => Category::Timeout,
        1044 | 1142 | 1143 | 1227 | 1290 | 1370 | 1410 | 1419 | 1819 => Category::Permission,
        1064 | 1149 => Category::Syntax,
        1007 | 1022 | 1050 | 1060 | 1061 | 1304 | 1359 | 1396 | 1537 | 1826 => Category::Exists,
        1048 | 1062 | 1169 | 1216 | 1217 | 1364 | 1451 | 1452 | 1557 | 1586 | 1761 | 1762 | 1859 | 3819 | 4025 => {
            Category::Constraint
        }
        1021 | 1114 => Category::Disk,
        _ if message.contains("No space left") => Category::Disk,
        _ => Category::Other,
    }
}

/// By primary result code; code 1 is anything wrong with the text, so its words decide.
pub(super) fn sqlite(code: i32, message: &str) -> Category {
    match code & 0xff {
        5 | 6 | 15 => Category::Lock,
        3 | 8 | 23 => Category::Permission,
        10 | 13 => Category::Disk,
        14 => Category::Connect,
        19 => Category::Constraint,
        1 if message.contains("syntax error")
            || message.contains("incomplete input")
            || message.contains("unrecognized token") =>
        {
            Category::Syntax
        }
        1 if message.contains("already exists")
            || message.contains("already another table")
            || message.contains("duplicate column name") =>
        {
            Category::Exists
        }
        _ => Category::Other,
    }
}
