fn main() -> Result<(), rowsmith::Error> {
    rowsmith::Generator::from_file("sqlc.yaml")?
        .out_dir_from_env()?
        .generate()?
        .write()?;
    Ok(())
}
