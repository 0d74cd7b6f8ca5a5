//! `neo-bindgen MODULE FOLDER NAME`: writes NAME.js and NAME_bg.wasm, an ES module for browsers, into FOLDER.

use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = &arguments[..] else {
        eprintln!("usage: neo-bindgen MODULE FOLDER NAME");
        std::process::exit(2);
    };
    let mut bindgen = Bindgen::new();
    let made = bindgen.input_path(module).out_name(name).typescript(false).web(true).and_then(|web| web.generate(folder));
    if let Err(error) = made {
        eprintln!("error: {error:?}");
        std::process::exit(1);
    }
}
